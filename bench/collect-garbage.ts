/** Collects garbage, where the runtime lets us: Node and Deno with `--expose-gc`, and Bun. */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as {
    gc?: () => void;
    Bun?: { gc(force: boolean): void };
  };
  if (Bun === undefined) gc?.();
  else Bun.gc(false); // forced, it makes whatever runs next slower: a batch of events by half
}
