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
export interface WeightedVariation {
  readonly key: string;
  /** In percent; weights need not sum to 100 (contract §3.6). */
  readonly weight: number;
}

/** One variation for everybody. */
export interface FixedServe {
  readonly type: "Fixed";
  /** The empty key when the wire named none. */
  readonly variation: string;
}

/** A percentage rollout (contract §3.6). */
export interface RolloutServe {
  readonly type: "Rollout";
  /** The attribute that is hashed; empty means the user id. */
  readonly bucketBy: string;
  readonly salt: string;
  /** Served when there are no weighted variations; the empty key when the wire named none. */
  readonly variation: string;
  readonly variations: readonly WeightedVariation[];
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
    if (name === "rollout") return { type: "Rollout", bucketBy, salt, variation, variations };
    if (name !== "fixed") unknownNames.push({ path: `${path}.type`, name: type, known: "Fixed and Rollout" });
    return { type: "Fixed", variation };
  } catch (error) {
    throw within(error, path);
  }
}

function decodeWeightedVariation(json: unknown): WeightedVariation {
  const wire = decodeObject(json, "");
  return { key: decodeString(wire.key, "key"), weight: decodeOptionalNumber(wire.weight, "weight") };
}
