import process from "node:process";

interface Host {
  readonly Bun?: { gc(force: boolean): void };
  readonly Deno?: { readonly args: readonly string[] };
  readonly process?: { readonly argv: readonly string[] };
  readonly performance: { now(): number; eventLoopUtilization?(): { readonly idle: number } };
  gc?(): void;
}

const host = globalThis as Host;

/** Where the parent's Evaluation API is: the last argument. */
export const origin: string = (host.Deno?.args ?? host.process?.argv ?? []).at(-1) ?? "";

/**
 * Reports the state of this process, and at its end for how long something has held it since, in ms. Where the event loop
 * reports how long it has waited, that counts: the delay of a busy machine is not a hold.
 */
export function lastWord(result: Readonly<Record<string, unknown>>): void {
  const { performance } = host;
  const waited = (): number => performance.eventLoopUtilization?.().idle ?? performance.now();
  const before = waited();
  console.log(JSON.stringify(result));
  process.once("exit", () => console.log(JSON.stringify({ lingered: waited() - before })));
}

/** Watches the timers that are made from here on; how many are armed. */
export function watchTimers(): () => number {
  const timers = new Set<unknown>();
  const { setTimeout: arm, clearTimeout: disarm } = globalThis;
  globalThis.setTimeout = ((callback: () => void, delay: number, ...args: []) => {
    // Node's own fetch arms some by the same name, with arguments.
    if (new Error().stack?.includes("node:internal/deps")) return arm(callback, delay, ...args);
    const timer = arm(() => {
      timers.delete(timer);
      callback();
    }, delay);
    timers.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timer: number) => {
    timers.delete(timer);
    disarm(timer);
  }) as typeof clearTimeout;
  return () => timers.size;
}

/** Sleeps a little, of which the garbage collector makes use. */
export async function collect(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (host.Bun === undefined) host.gc!();
  else host.Bun.gc(true);
}

/** Collects until `isDone`, or for half a minute. */
export async function collectUntil(isDone: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let round = 0; round < 1_000; round++) {
    await collect();
    if (await isDone()) return true;
  }
  return false;
}

/** How many streams the API sees open. */
export async function openStreams(): Promise<number> {
  return Number(await (await fetch(`${origin}/open`)).text());
}
