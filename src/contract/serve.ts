import { Decision } from "./decision.ts";
import {
  decodeObject,
  decodeOptionalList,
  decodeOptionalNumber,
  decodeOptionalString,
  decodeString,
} from "./decode.ts";
import type { UnknownName } from "./decode.ts";
import { within } from "./payload-error.ts";

/** A variation and its share of a rollout. */
export class WeightedVariation extends Decision {
  declare readonly key: string;
  /** In percent; weights need not sum to 100 (contract §3.6). */
  declare readonly weight: number;

  constructor(key: string, weight: number) {
    super();
    this.key = key;
    this.weight = weight;
  }
}

/** One variation for everybody. */
export class FixedServe extends Decision {
  declare readonly type: "Fixed";
  /** The empty key when the wire named none. */
  declare readonly variation: string;

  constructor(variation: string) {
    super();
    this.type = "Fixed";
    this.variation = variation;
  }
}

/** A percentage rollout (contract §3.6). */
export class RolloutServe extends Decision {
  declare readonly type: "Rollout";
  /** The attribute that is hashed; empty means the user id. */
  declare readonly bucketBy: string;
  declare readonly salt: string;
  /** Served when there are no weighted variations; the empty key when the wire named none. */
  declare readonly variation: string;
  declare readonly variations: readonly WeightedVariation[];
  #preparedSalt: unknown = null;

  constructor(
    bucketBy: string,
    salt: string,
    variation: string,
    variations: readonly WeightedVariation[],
  ) {
    super();
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
}

/** What a rule or the fallthrough hands out. */
export type Serve = FixedServe | RolloutServe;

/** Decodes what stands under `path`; a type that this version does not know is noted and answered with an empty serve. */
export function decodeServe(json: unknown, path: string, unknownNames: UnknownName[]): Serve {
  const wire = decodeObject(json, path);
  try {
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
    throw within(error, path);
  }
}

function decodeWeightedVariation(json: unknown): WeightedVariation {
  const wire = decodeObject(json, "");
  return new WeightedVariation(decodeString(wire.key, "key"), decodeOptionalNumber(wire.weight, "weight"));
}
