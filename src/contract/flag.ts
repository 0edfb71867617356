import type { Warn } from "../runtime/logger.ts";
import {
  createDecodeState,
  decodeBoolean,
  decodeList,
  decodeObject,
  decodeOptionalList,
  decodeOptionalString,
  decodeString,
  decodeVersion,
  dropUnknown,
  freezeJson,
} from "./decode.ts";
import type { DecodeState } from "./decode.ts";
import { decodeRule, decodeServe } from "./rule.ts";
import type { Rule, Serve } from "./rule.ts";
import type { JsonValue, WireFlag } from "./wire.ts";

/** One value that a flag can serve. */
export interface Variation {
  readonly key: string;
  readonly value: JsonValue;
}

/** The decoded configuration of one flag (contract §2), with defaults for what the wire leaves out. */
export class Flag {
  declare readonly key: string;
  /** Rises at most once a second, so configurations with equal versions may differ. */
  declare readonly version: number;
  /** `Boolean`, `String`, `Number`, `Json`, or the name of a newer type. */
  declare readonly type: string;
  declare readonly enabled: boolean;
  declare readonly variations: readonly Variation[];
  /** In order of evaluation. */
  declare readonly rules: readonly Rule[];
  declare readonly fallthrough: Serve;
  /** The variation served while the flag is off; empty when there is none. */
  declare readonly offVariation: string;
  declare readonly prerequisites: readonly Prerequisite[];
  #preparedFor: unknown = null;
  #outcome: unknown = null;

  constructor(
    key: string,
    version: number,
    type: string,
    enabled: boolean,
    variations: readonly Variation[],
    rules: readonly Rule[],
    fallthrough: Serve,
    offVariation: string,
    prerequisites: readonly Prerequisite[],
  ) {
    this.key = key;
    this.version = version;
    this.type = type;
    this.enabled = enabled;
    this.variations = variations;
    this.rules = rules;
    this.fallthrough = fallthrough;
    this.offVariation = offVariation;
    this.prerequisites = prerequisites;
  }

  /** The segments that its rules were last prepared with; `null` until then. */
  get preparedFor(): unknown {
    return this.#preparedFor;
  }

  set preparedFor(preparedFor: unknown) {
    this.#preparedFor = preparedFor;
  }

  /** Memoized outcome of a disabled flag, or of a fallthrough without weighted variations; `null` until first served. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** A flag of a snapshot that {@linkcode takeFlag} may have left as JSON, to be decoded when it is first asked for. */
export type PendingFlag = Flag | WireFlag & { readonly preparedFor?: undefined };

/** Converts a value from the wire to a variation's value, deeply frozen. */
export type TakeValue = (json: unknown) => JsonValue;

/**
 * Decodes one flag.
 *
 * @param state That of the snapshot.
 * @param takeValue Converts its values; by default they are frozen in place.
 * @returns `null`, after a warning, when it contains a name that this version does not know.
 * @throws {PayloadError} when it violates a type of the contract.
 */
export function decodeFlag(
  json: unknown,
  warn: Warn,
  state: DecodeState = createDecodeState(),
  takeValue: TakeValue = freezeJson,
): Flag | null {
  const wire = decodeObject(json);
  const type = decodeString(wire.type, "type");
  const flag = new Flag(
    decodeString(wire.key, "key"),
    decodeVersion(wire.version),
    type,
    decodeBoolean(wire.enabled, "enabled"),
    decodeVariations(wire.variations, type, takeValue, state),
    sortByPriority(decodeOptionalList(wire.rules, "rules", decodeRule, state)),
    decodeServe(wire.fallthrough, "fallthrough", state),
    decodeOptionalString(wire.offVariation, "offVariation"),
    decodeOptionalList(wire.prerequisites, "prerequisites", decodePrerequisite, state),
  );
  return dropUnknown("Flag", flag, state, warn);
}

// How a flag of a loaded snapshot is taken. In the build for request-scoped runtimes, `flag.edge.ts` checks most of them only.
export { decodeFlag as takeFlag };

function decodeVariations(
  json: unknown,
  type: string,
  takeValue: TakeValue,
  state: DecodeState,
): readonly Variation[] {
  const last = state.variations.get(type) as readonly Variation[] | undefined;
  const isKnown = Array.isArray(json) && last?.length === json.length &&
    last.every(({ key, value }, index) => json[index]?.key === key && Object.is(json[index].value, value));
  if (isKnown) return last!;
  const variations = decodeList(json, "variations", (item) => decodeVariation(item, takeValue), state);
  state.variations.set(type, variations);
  return variations;
}

function decodeVariation(json: unknown, takeValue: TakeValue): Variation {
  const wire = decodeObject(json);
  const value = wire.value;
  return { key: decodeString(wire.key, "key"), value: value === undefined ? null : takeValue(value) };
}

/** The sort is stable: rules of equal priority keep their order in the payload (contract §3.1). */
function sortByPriority(rules: readonly Rule[]): readonly Rule[] {
  for (let index = 1; index < rules.length; index++) {
    if (rules[index]!.priority < rules[index - 1]!.priority) {
      return rules.toSorted((a, b) => a.priority - b.priority);
    }
  }
  return rules;
}

/** Another flag that must serve a given variation before this flag's rules are evaluated (contract §3.1). */
export class Prerequisite {
  declare readonly prerequisiteFlagKey: string;
  declare readonly expectedVariationKey: string;
  #outcome: unknown = null;

  constructor(prerequisiteFlagKey: string, expectedVariationKey: string) {
    this.prerequisiteFlagKey = prerequisiteFlagKey;
    this.expectedVariationKey = expectedVariationKey;
  }

  /** Memoized outcome of the flag when this prerequisite is not met; `null` until first served. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** Decodes one prerequisite. An invalid one rejects the payload: without it, the flag would be open. */
export function decodePrerequisite(json: unknown): Prerequisite {
  const wire = decodeObject(json);
  return new Prerequisite(
    decodeString(wire.prerequisiteFlagKey, "prerequisiteFlagKey"),
    decodeString(wire.expectedVariationKey, "expectedVariationKey"),
  );
}
