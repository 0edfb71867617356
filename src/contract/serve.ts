import {
  decodeObject,
  decodeOptionalList,
  decodeOptionalNumber,
  decodeOptionalString,
  decodeString,
} from "./decode.ts";
import type { UnknownName } from "./decode.ts";
import { prefixPath } from "./payload-error.ts";

/*
 * What evaluation makes of a configuration it keeps there: a second set of objects would double what a flag takes. It is
 * private, so that JSON, comparisons and lists of properties pass over it. Each class has a field of its own, since a class
 * that inherits it takes longer to make: a tenth of a new snapshot. All other fields are declared, and made by the
 * constructor alone: one that is defined as well is written twice.
 */

/** A variation and its share of a rollout. */
export class WeightedVariation {
  declare readonly key: string;
  /** In percent; weights need not sum to 100 (contract §3.6). */
  declare readonly weight: number;
  #outcome: unknown = null;

  constructor(key: string, weight: number) {
    this.key = key;
    this.weight = weight;
  }

  /** What it has come to; `null` before that. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** One variation for everybody. */
export class FixedServe {
  declare readonly type: "Fixed";
  /** The empty key when the wire named none. */
  declare readonly variation: string;
  #outcome: unknown = null;

  constructor(variation: string) {
    this.type = "Fixed";
    this.variation = variation;
  }

  /** What it has come to; `null` before that. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** A percentage rollout (contract §3.6). */
export class RolloutServe {
  declare readonly type: "Rollout";
  /** The attribute that is hashed; empty means the user id. */
  declare readonly bucketBy: string;
  declare readonly salt: string;
  /** Served when there are no weighted variations; the empty key when the wire named none. */
  declare readonly variation: string;
  declare readonly variations: readonly WeightedVariation[];
  #preparedSalt: unknown = null;
  #outcome: unknown = null;

  constructor(
    bucketBy: string,
    salt: string,
    variation: string,
    variations: readonly WeightedVariation[],
  ) {
    this.type = "Rollout";
    this.bucketBy = bucketBy;
    this.salt = salt;
    this.variation = variation;
    this.variations = variations;
  }

  /** The salt, hashed as far as that goes without a user; `null` before the first time. */
  get preparedSalt(): unknown {
    return this.#preparedSalt;
  }

  set preparedSalt(preparedSalt: unknown) {
    this.#preparedSalt = preparedSalt;
  }

  /** What it has come to where there are no weighted variations; `null` before that. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** What a rule or the fallthrough hands out. */
export type Serve = FixedServe | RolloutServe;

/** Decodes what stands under `path`; a type that this version does not know is noted and answered with an empty serve. */
export function decodeServe(json: unknown, path: string, unknownNames: UnknownName[]): Serve {
  try {
    const wire = decodeObject(json);
    const type = decodeString(wire.type, "type");
    const bucketBy = decodeOptionalString(wire.bucketBy, "bucketBy");
    const salt = decodeOptionalString(wire.salt, "salt");
    const variation = decodeOptionalString(wire.variation, "variation");
    const variations = decodeOptionalList(
      wire.variations,
      "variations",
      decodeWeightedVariation,
      unknownNames,
    );
    const name = type.toLowerCase();
    if (name === "rollout") return new RolloutServe(bucketBy, salt, variation, variations);
    if (name !== "fixed") unknownNames.push({ path: `${path}.type`, name: type, known: "Fixed and Rollout" });
    return new FixedServe(variation);
  } catch (error) {
    throw prefixPath(error, path);
  }
}

function decodeWeightedVariation(json: unknown): WeightedVariation {
  const wire = decodeObject(json);
  return new WeightedVariation(decodeString(wire.key, "key"), decodeOptionalNumber(wire.weight, "weight"));
}
