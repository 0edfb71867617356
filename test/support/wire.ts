import { decodeSnapshot } from "../../src/contract/snapshot.ts";
import type {
  WireCondition,
  WireFlag,
  WireSegment,
  WireServe,
  WireSnapshot,
} from "../../src/contract/wire.ts";
import { FlagSet } from "../../src/store/flag-set.ts";

export type {
  WireCondition,
  WireConditionGroup,
  WireFlag,
  WireRule,
  WireSegment,
  WireServe,
  WireSnapshot,
} from "../../src/contract/wire.ts";

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
