import type { User } from "../environment.ts";
import type { WireSnapshot } from "../wire.ts";

/** A context in the format of a contender's API. */
export type Context = object;

/** One evaluator of the benchmark's flags: this SDK, the floor, or another SDK. */
export interface Contender {
  readonly name: string;
  /** What it cannot express, by workload or `all`, and the reason. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** Whether its rollouts use the contract's hash; otherwise only their shares are checked. */
  readonly hashesAlike: boolean;
  /** Whether it sends counts of evaluations instead of single events. */
  readonly countsOnly?: boolean;
  /** The text of a configuration in the contender's own format. */
  toText(snapshot: WireSnapshot): string;
  /** Starts from the text of a configuration, with events off. */
  start(text: string): Promise<Evaluator> | Evaluator;
  /** Starts with events on, towards the API at this URL. */
  startEvents?(mode: "all" | "unique", baseUrl: string, text: string): Promise<EventEvaluator>;
  /** Starts a client that takes one new configuration after another. */
  startUpdates?(text: string): Promise<Updatable> | Updatable;
}

/** A client with a configuration. */
export interface Evaluator {
  /** Converts a user to this client's context. */
  toContext(user: User): Context;
  /** A promise if the client's API is asynchronous. */
  evaluate(key: string, context: Context, fallback: boolean | string): unknown;
  /** All values by key: its own call for that, or what a user would write. */
  allFlags?(context: Context): unknown;
}

/** A client that records events. */
export interface EventEvaluator {
  readonly evaluator: Evaluator;
  flush(): Promise<unknown>;
  /** How many events the client says it could not deliver. */
  dropped?(): number;
}

/** A client that receives new configurations. */
export interface Updatable {
  /** The client to evaluate with; absent if nothing is evaluated. */
  readonly evaluator?: Evaluator;
  /** Settles when the new configuration is served. */
  apply(text: string): Promise<void> | void;
}
