import type { User } from "../environment.ts";
import type { WireSnapshot } from "../wire.ts";

/** A context as a contender's own API wants it. */
export type Context = object;

/** One evaluator of the bench's flags: the SDK, the floor, or another SDK. */
export interface Contender {
  readonly name: string;
  /** The npm package; none for the floor. */
  readonly packageName?: string;
  /** What it can't express, by workload, and why: shown in place of a figure. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** Whether its rollouts hash as the contract says: others' are checked by their share. */
  readonly hashesAlike: boolean;
  /** Whether what arrives at the API are counts of evaluations, not each of them. */
  readonly countsOnly?: boolean;
  /** Starts from a configuration, with events off. */
  start(snapshot: WireSnapshot): Promise<Evaluator> | Evaluator;
  /** Starts with events on, towards the API at this URL. */
  startEvents?(
    mode: "all" | "unique",
    baseUrl: string,
    snapshot: WireSnapshot,
  ): Promise<EventEvaluator>;
  /** Starts a client that takes one new configuration after another. */
  startUpdates?(snapshot: WireSnapshot): Promise<Updatable> | Updatable;
}

/** A client with a configuration. */
export interface Evaluator {
  /** A user in the shape that this client takes. */
  toContext(user: User): Context;
  /** A promise where the client's API is asynchronous. */
  evaluate(key: string, context: Context, fallback: boolean | string): unknown;
  /** All values by key, where there is such a call. */
  allFlags?(context: Context): unknown;
  close?(): unknown;
}

/** A client that records events. */
export interface EventEvaluator {
  readonly evaluator: Evaluator;
  flush(): Promise<unknown>;
  /** How many events the client says it could not deliver. */
  dropped?(): number;
}

/** A client that is given new configurations. */
export interface Updatable {
  readonly evaluator?: Evaluator;
  /** The text of a configuration in this client's own format. */
  toText(snapshot: WireSnapshot): string;
  /** Settles when the new configuration is served. */
  apply(text: string): Promise<void> | void;
}
