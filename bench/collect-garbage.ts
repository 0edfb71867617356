/** Collects garbage if the runtime allows it: Node and Deno with `--expose-gc`, and Bun. */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as {
    gc?: () => void;
    Bun?: { gc(force: boolean): void };
  };
  if (Bun === undefined) gc?.();
  else Bun.gc(false); // a forced collection slows down the next workload, a batch of events by half
}
