import type { Warn } from "../runtime/logger.ts";
import {
  checkList,
  decodeObject,
  checkOptionalList,
  checkOptionalString,
  decodeString,
  decodeList,
  decodeVersion,
  freezeJson,
  isKnown,
} from "./decode.ts";
import type { UnknownName } from "./decode.ts";
import { typeViolation } from "./payload-error.ts";
import { checkRule, decodeRule } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { checkServe, decodeServe } from "./serve.ts";
import type { Serve } from "./serve.ts";
import type { JsonValue, WireFlag, WirePrerequisite, WireVariation } from "./wire.ts";

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

  /** Memoized outcome of a disabled flag or of failed prerequisites; `null` until first served. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** The variations of the last flag of each type, by type. */
export type KnownVariations = Map<string, readonly Variation[]>;

/** A flag of a snapshot, checked, and decoded when it is first asked for: most processes evaluate a part of them. */
export class PendingFlag {
  declare readonly key: string;
  declare readonly version: number;
  /** It is never prepared: the decoded flag is. */
  declare readonly preparedFor: undefined;
  readonly #known: KnownVariations;
  #flag: WireFlag | Flag;

  constructor(wire: WireFlag, known: KnownVariations) {
    this.key = wire.key;
    this.version = decodeVersion(wire.version);
    this.#known = known;
    this.#flag = wire;
  }

  /** The decoded flag: always the same. */
  decode(): Flag {
    const flag = this.#flag;
    return flag instanceof Flag ? flag : this.#flag = decodeChecked(flag, this.#known);
  }
}

/**
 * Checks one flag.
 *
 * @returns Its JSON, or `null`, after a warning, when it contains a name that this version does not know.
 * @throws {PayloadError} when it violates a type of the contract.
 */
export function checkFlag(json: unknown, warn: Warn): WireFlag | null {
  const wire = decodeObject(json);
  const unknownNames: UnknownName[] = [];
  decodeString(wire.type, "type");
  const key = decodeString(wire.key, "key");
  if (typeof wire.enabled !== "boolean") throw typeViolation("enabled", "true or false", wire.enabled);
  checkList(wire.variations, "variations", checkVariation, unknownNames);
  checkOptionalList(wire.rules, "rules", checkRule, unknownNames);
  checkServe(wire.fallthrough, "fallthrough", unknownNames);
  checkOptionalString(wire.offVariation, "offVariation");
  checkOptionalList(wire.prerequisites, "prerequisites", checkPrerequisite, unknownNames);
  return isKnown("Flag", key, unknownNames, warn) ? wire as unknown as WireFlag : null;
}

/**
 * Checks and decodes one flag.
 *
 * @returns `null`, after a warning, when it contains a name that this version does not know.
 * @throws {PayloadError} when it violates a type of the contract.
 */
export function decodeFlag(json: unknown, warn: Warn): Flag | null {
  const wire = checkFlag(json, warn);
  return wire && decodeChecked(wire, new Map());
}

/** @param known Variations of earlier flags, reused when they are equal (bench: memory). */
function decodeChecked(wire: WireFlag, known: KnownVariations): Flag {
  const { key, type } = wire;
  return new Flag(
    key,
    decodeVersion(wire.version),
    type,
    wire.enabled,
    reuseEqual(decodeList(wire.variations, decodeVariation), type, known),
    sortByPriority(decodeList(wire.rules, decodeRule)),
    decodeServe(wire.fallthrough),
    wire.offVariation ?? "",
    decodeList(wire.prerequisites, decodePrerequisite),
  );
}

function checkVariation(json: unknown): void {
  const { key, value } = decodeObject(json);
  decodeString(key, "key");
  freezeJson(value);
}

function decodeVariation({ key, value }: WireVariation): Variation {
  return { key, value: (value ?? null) as JsonValue };
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

function reuseEqual(
  variations: readonly Variation[],
  type: string,
  known: KnownVariations,
): readonly Variation[] {
  const last = known.get(type);
  if (last !== undefined && equalVariations(last, variations)) return last;
  known.set(type, variations);
  return variations;
}

function equalVariations(a: readonly Variation[], b: readonly Variation[]): boolean {
  return a.length === b.length &&
    a.every(({ key, value }, index) => key === b[index]!.key && Object.is(value, b[index]!.value));
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

/** Checks one prerequisite. An invalid one rejects the payload: without it, the flag would be open. */
function checkPrerequisite(json: unknown): void {
  const { prerequisiteFlagKey, expectedVariationKey } = decodeObject(json);
  decodeString(prerequisiteFlagKey, "prerequisiteFlagKey");
  decodeString(expectedVariationKey, "expectedVariationKey");
}

function decodePrerequisite({ prerequisiteFlagKey, expectedVariationKey }: WirePrerequisite): Prerequisite {
  return new Prerequisite(prerequisiteFlagKey, expectedVariationKey);
}
