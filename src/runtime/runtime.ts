import type { OpenConnections, ReleaseStreams } from "./fetch.ts";
import type { Scheduler } from "./scheduler.ts";

/** Lets the platform finish work after the response was sent. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** The abilities of the runtime (contract §6, §6.1). Code asks for abilities, not for names: a new runtime may have the same. */
export interface Runtime {
  /** For the `User-Agent` only: `node/20.20.2`, `bun/1.4.5`, `deno/2.9.5`, `workerd`, `edge-light`, `unknown`. */
  readonly name: string;
  /**
   * Whether timers, sockets and promises outlive a request. On request-scoped runtimes (Workers, Vercel Edge) they do not,
   * and a request may not await a promise of another one (contract §6.1).
   */
  readonly hasBackground: boolean;
  /** Options for every `fetch` call. */
  readonly requestInit: RequestInit;
  /** More options for the `fetch` call of a stream. */
  readonly streamInit: RequestInit;
  /** Opens connections that no other code uses; absent where `fetch` never multiplexes (contract §1). */
  readonly openConnections?: OpenConnections | undefined;
  /** Lets the process end while a stream is open; absent where the runtime has no way to do that (contract §6). */
  readonly releaseStreams?: ReleaseStreams | undefined;
  /** The system's clock, random numbers and timers. */
  readonly scheduler: Scheduler;
  /** Reads an environment variable; `undefined` when it is not set or cannot be read. */
  env(name: string): string | undefined;
  /** The `waitUntil` of the current request; `undefined` where the platform offers none. */
  waitUntil(): WaitUntil | undefined;
}
