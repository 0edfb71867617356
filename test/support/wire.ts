import { decodeSnapshot } from "../../src/contract/snapshot.ts";
import { FlagSet } from "../../src/store/flag-set.ts";

/** What stands on the wire, with everything that it may leave out (`undefined`) or carry as `null` (contract §2). */
export interface WireSnapshot {
  readonly environment?: string | undefined;
  readonly version?: number | undefined;
  readonly flags: readonly WireFlag[];
  readonly segments: readonly WireSegment[];
}

/** A flag on the wire. */
export interface WireFlag {
  readonly key: string;
  readonly version?: number | undefined;
  readonly type: string;
  readonly enabled: boolean;
  readonly variations: readonly { readonly key: string; readonly value?: unknown }[];
  readonly rules?: readonly WireRule[] | null | undefined;
  readonly fallthrough: WireServe;
  readonly offVariation?: string | null | undefined;
  readonly prerequisites?: readonly WirePrerequisite[] | null | undefined;
}

/** A prerequisite on the wire. */
export interface WirePrerequisite {
  readonly prerequisiteFlagKey: string;
  readonly expectedVariationKey: string;
}

/** A rule on the wire. */
export interface WireRule {
  readonly id: string;
  readonly priority?: number | undefined;
  readonly conditionGroups?: readonly WireGroup[] | null | undefined;
  readonly segmentKey?: string | null | undefined;
  readonly serve: WireServe;
}

/** A condition group on the wire. */
export interface WireGroup {
  readonly operator: string;
  readonly conditions?: readonly WireCondition[] | null | undefined;
}

/** A segment on the wire. */
export interface WireSegment {
  readonly key: string;
  readonly version?: number | undefined;
  readonly conditionLogic: string;
  readonly conditions?: readonly WireCondition[] | null | undefined;
}

/** A condition on the wire. */
export interface WireCondition {
  readonly attribute: string;
  readonly operator: string;
  readonly values?: readonly (string | number | boolean)[] | null | undefined;
  readonly negate?: boolean | undefined;
}

/** A serve on the wire. */
export interface WireServe {
  readonly type: string;
  readonly variation?: string | null | undefined;
  readonly variations?: readonly WireWeight[] | null | undefined;
  readonly salt?: string | null | undefined;
  readonly bucketBy?: string | null | undefined;
}

/** A weighted variation on the wire. */
export interface WireWeight {
  readonly key: string;
  readonly weight?: number | undefined;
}

/** A serve of one variation. */
export function fixed(variation: string): WireServe {
  return { type: "Fixed", variation };
}

/** A flag that is on, has the variations `on` (true) and `off` (false) and falls through to `on`. */
export function wireFlag(key: string, rest: Partial<WireFlag> = {}): WireFlag {
  return {
    key,
    version: 1,
    type: "Boolean",
    enabled: true,
    variations: [{ key: "on", value: true }, { key: "off", value: false }],
    rules: [],
    fallthrough: fixed("on"),
    offVariation: "off",
    prerequisites: [],
    ...rest,
  };
}

/** A flag that serves `on` where all conditions hold, and `off` elsewhere. */
export function conditionalFlag(key: string, conditions: readonly WireCondition[]): WireFlag {
  return wireFlag(key, {
    rules: [{
      id: "rule",
      priority: 0,
      conditionGroups: [{ operator: "And", conditions }],
      serve: fixed("on"),
    }],
    fallthrough: fixed("off"),
  });
}

/** A segment of everybody whose plan is pro. */
export function wireSegment(key: string, rest: Partial<WireSegment> = {}): WireSegment {
  return {
    key,
    version: 1,
    conditionLogic: "And",
    conditions: [{ attribute: "plan", operator: "Equals", values: ["pro"], negate: false }],
    ...rest,
  };
}

/** A snapshot of these flags and segments. */
export function wireSnapshot(
  flags: readonly WireFlag[],
  segments: readonly WireSegment[] = [],
): WireSnapshot {
  return { environment: "env", version: 1, flags, segments };
}

/** The set of flags that a client holds once this snapshot has come off the wire. Warnings go to `warnings`. */
export function flagSetOf(snapshot: WireSnapshot, warnings: string[] = []): FlagSet {
  const warn = (message: string): void => void warnings.push(message);
  return FlagSet.of(decodeSnapshot(JSON.parse(JSON.stringify(snapshot)), warn), warn);
}
