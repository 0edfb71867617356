/** Any JSON value, as it comes off the wire: frozen, deeply. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** The name of a condition operator (contract §3.3). */
export type Operator =
  | "Equals"
  | "NotEquals"
  | "In"
  | "NotIn"
  | "Contains"
  | "NotContains"
  | "StartsWith"
  | "EndsWith"
  | "MatchesRegex"
  | "GreaterThan"
  | "GreaterThanOrEqual"
  | "LessThan"
  | "LessThanOrEqual"
  | "Before"
  | "After"
  | "SemverEquals"
  | "SemverGreaterThan"
  | "SemverGreaterThanOrEqual"
  | "SemverLessThan"
  | "SemverLessThanOrEqual";

/** One question about one attribute, as the wire carries it (contract §3.3). */
export interface WireCondition {
  /** The attribute's name. */
  readonly attribute: string;
  /** One of the twenty operators, in any case, underscores allowed: `"In"`, `"not_equals"`. */
  readonly operator: Operator | (string & Record<never, never>);
  /** What the attribute is compared with; none by default. */
  readonly values?: readonly (string | number | boolean)[] | null | undefined;
  /** Whether the answer is inverted; `false` by default. */
  readonly negate?: boolean | undefined;
}

/** Conditions under one operator, as the wire carries them. */
export interface WireConditionGroup {
  /** How the conditions are combined. */
  readonly operator: "And" | "Or" | (string & Record<never, never>);
  /** The conditions; an empty list matches, a missing one does not. */
  readonly conditions?: readonly WireCondition[] | null | undefined;
}

/** A variation and its share of a rollout, as the wire carries it. */
export interface WireWeightedVariation {
  /** The variation's key. */
  readonly key: string;
  /** In percent; 0 by default. */
  readonly weight?: number | undefined;
}

/** What a rule or the fallthrough hands out, as the wire carries it (contract §3.6). */
export interface WireServe {
  /** One variation, or weighted ones. */
  readonly type: "Fixed" | "Rollout" | (string & Record<never, never>);
  /** The key of the variation that a fixed serve hands out, or a rollout without weighted variations. */
  readonly variation?: string | null | undefined;
  /** A rollout's shares. */
  readonly variations?: readonly WireWeightedVariation[] | null | undefined;
  /** The attribute that a rollout hashes; the user id by default. */
  readonly bucketBy?: string | null | undefined;
  /** What a rollout hashes with the attribute, so that each splits users in its own way; empty by default. */
  readonly salt?: string | null | undefined;
}

/** Who gets what, as the wire carries it (contract §3.1). */
export interface WireRule {
  /** Names the rule in evaluation details. */
  readonly id: string;
  /** Lower is evaluated first; 0 by default. */
  readonly priority?: number | undefined;
  /** All of them must match; an empty list matches, a missing one does not. */
  readonly conditionGroups?: readonly WireConditionGroup[] | null | undefined;
  /** The segment that decides instead of the groups. */
  readonly segmentKey?: string | null | undefined;
  /** What contexts get that the rule matches. */
  readonly serve: WireServe;
}

/** Another flag that must serve a given variation first, as the wire carries it (contract §3.1). */
export interface WirePrerequisite {
  /** The other flag's key. */
  readonly prerequisiteFlagKey: string;
  /** The key of the variation that it must serve. */
  readonly expectedVariationKey: string;
}

/** One of the values that a flag can serve, as the wire carries it. */
export interface WireVariation {
  /** Names the variation. */
  readonly key: string;
  /** Any JSON. */
  readonly value?: unknown;
}

/** One flag's configuration, as the wire carries it (contract §2). */
export interface WireFlag {
  /** Names the flag; any string. */
  readonly key: string;
  /** Rises with every change; 0 by default. */
  readonly version?: number | undefined;
  /** The type of its values. */
  readonly type: "Boolean" | "String" | "Number" | "Json" | (string & Record<never, never>);
  /** Whether the flag is on. */
  readonly enabled: boolean;
  /** The values that it can serve. */
  readonly variations: readonly WireVariation[];
  /** Who gets what; none by default. */
  readonly rules?: readonly WireRule[] | null | undefined;
  /** What contexts get that no rule matches. */
  readonly fallthrough: WireServe;
  /** The key of the variation served while the flag is off; without one, callers get their default. */
  readonly offVariation?: string | null | undefined;
  /** What must be served by other flags first; none by default. */
  readonly prerequisites?: readonly WirePrerequisite[] | null | undefined;
}

/** A named audience that rules refer to, as the wire carries it (contract §2). */
export interface WireSegment {
  /** Names the segment. */
  readonly key: string;
  /** Rises with every change; 0 by default. */
  readonly version?: number | undefined;
  /** How the conditions are combined. */
  readonly conditionLogic: "And" | "Or" | (string & Record<never, never>);
  /** The conditions of its members. With an empty list every context is a member, without a list none. */
  readonly conditions?: readonly WireCondition[] | null | undefined;
}

/**
 * A snapshot as callers pass it: what `GET /v1/sdk/flags` returns and `featureflip pull` writes. Only `flags` is required. An
 * imported JSON file fits.
 */
export interface SnapshotInput {
  /** The environment's name. */
  readonly environment?: string | undefined;
  /** Rises with every change; 0 by default. */
  readonly version?: number | undefined;
  /** The flags. */
  readonly flags: readonly WireFlag[];
  /** The segments that rules refer to; none by default. */
  readonly segments?: readonly WireSegment[] | undefined;
  /** Never there: refuses what `await import()` gives of a JSON file, whose snapshot is its `default`. */
  readonly default?: never;
}

/** All flags and segments of one environment, as the wire carries them (contract §2). */
export interface WireSnapshot {
  /** The environment's name. */
  readonly environment?: string | undefined;
  /** Rises with every change; 0 by default. */
  readonly version?: number | undefined;
  /** The flags. */
  readonly flags: readonly WireFlag[];
  /** The segments. */
  readonly segments: readonly WireSegment[];
}

/** Whether two JSON values, or two decoded configurations, are equal: the order of properties does not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equalJson(Reflect.get(a, key), Reflect.get(b, key)));
}

/** `GET`: the snapshot. */
export const FLAGS_PATH = "/v1/sdk/flags";
/** `GET`: the event stream. */
export const STREAM_PATH = "/v1/sdk/stream";
/** `POST`: analytics events. */
export const EVENTS_PATH = "/v1/sdk/events";
/** `POST`: one evaluation by the service. */
export const EVALUATE_PATH = "/v1/sdk/evaluate";

/**
 * The path of one flag, percent-encoded (contract §1).
 *
 * @returns `null` for a key that a URL path cannot contain: empty, `.`, `..`, or one with a lone surrogate (contract §4).
 */
export function flagPath(key: string): string | null {
  if (key === "" || key === "." || key === "..") return null;
  try {
    return `${FLAGS_PATH}/${encodeURIComponent(key)}`;
  } catch {
    return null; // URIError: a lone surrogate
  }
}

/**
 * Sets an own property of a plain object whatever its name is: an assignment to `__proto__` sets the prototype, and one to
 * `toString` throws where a host has frozen the built-in prototypes.
 */
export function setOwn<T>(record: Record<string, T>, name: string, value: T): void {
  if (name in record) {
    Object.defineProperty(record, name, { value, configurable: true, enumerable: true, writable: true });
  } else {
    record[name] = value;
  }
}

/** The type of an analytics event (contract §5). A minor version may add types: keep a `default` in a `switch`. */
export type SdkEventType = "Evaluation" | "Impression" | "Identify" | "Custom";

/** One analytics event in the body of `POST /v1/sdk/events` (contract §5). Absent fields are left out, never `null`. */
export interface SdkEvent {
  /** The event's type. */
  readonly type: SdkEventType;
  /** The flag's key; for Custom the event's name; for Identify `"$identify"`. */
  readonly flagKey: string;
  /** The user id; left out when absent. */
  readonly userId?: string;
  /** Evaluation only: the variation key that was served. */
  readonly variation?: string;
  /** When it happened: ISO 8601, UTC. */
  readonly timestamp: string;
  /** Custom: the caller's metadata. Identify: all attributes except the user id. Left out when empty. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Evaluation that ended `PREREQUISITE_FAILED`: the prerequisite that failed. */
  readonly prerequisiteKey?: string;
}
