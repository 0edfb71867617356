import type { User } from "../environment.ts";
import type { WireSnapshot } from "../wire.ts";

/** A context as a contender's own API wants it. */
export type Context = object;

/** One evaluator of the bench's flags: the SDK, the floor, or another SDK. */
export interface Contender {
  readonly name: string;
  /** What it can't express, by workload or `all`, and why. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** Whether its rollouts hash as the contract says: others' are checked by their share. */
  readonly hashesAlike: boolean;
  /** Whether what arrives at the API are counts of evaluations, not each of them. */
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
  /** A user in the shape that this client takes. */
  toContext(user: User): Context;
  /** A promise where the client's API is asynchronous. */
  evaluate(key: string, context: Context, fallback: boolean | string): unknown;
  /** All values by key: its own call for that, or what its users write instead. */
  allFlags?(context: Context): unknown;
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
  /** What it evaluates with; none where nothing is evaluated. */
  readonly evaluator?: Evaluator;
  /** Settles when the new configuration is served. */
  apply(text: string): Promise<void> | void;
}
