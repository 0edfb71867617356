import type { ReleaseStreams } from "./release-streams.ts";
import type { Scheduler } from "./scheduler.ts";

/** Hands work to the platform, which then lets it finish after the response has gone out. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** What the place we run in can do: abilities, since a name says less and grows old (contract §6, §6.1). */
export interface Runtime {
  /** For the `User-Agent` only: `node/20.20.2`, `bun/1.4.5`, `deno/2.9.5`, `workerd`, `edge-light`, `unknown`. */
  readonly name: string;
  /**
   * Whether timers, sockets and promises outlive a request. On request-scoped runtimes (Workers, Vercel Edge) they do not,
   * and a request may not await a promise of another one (contract §6.1).
   */
  readonly hasBackground: boolean;
  /** What `fetch` needs to be told here for every call. */
  readonly requestInit: RequestInit;
  /** What `fetch` needs to be told here for a stream, beyond {@linkcode requestInit}. */
  readonly streamInit: RequestInit;
  /** Lets the process end while a stream is open; left out where the runtime offers no way to (contract §6). */
  readonly releaseStreams?: ReleaseStreams | undefined;
  /** The real clock, chance and timers. */
  readonly scheduler: Scheduler;
  /** An environment variable; `undefined` where there is none, or where the runtime refuses to tell. */
  env(name: string): string | undefined;
  /** What keeps work of the request under way alive after its response; `undefined` where the platform offers nothing. */
  waitUntil(): WaitUntil | undefined;
}
