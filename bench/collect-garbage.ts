/** Collects garbage, where the runtime lets us: Node and Deno with `--expose-gc`, and Bun. */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as {
    gc?: () => void;
    Bun?: { gc(shrinks: boolean): void };
  };
  if (Bun === undefined) gc?.();
  else Bun.gc(false); // the other way takes memory and compiled code away too, and the next to run pays for both
}
