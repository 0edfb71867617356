import { decodeObject, decodeString } from "./decode.ts";

/** Another flag that must serve a given variation before this one's rules are asked (contract §3.1). */
export class Prerequisite {
  declare readonly prerequisiteFlagKey: string;
  declare readonly expectedVariationKey: string;
  #outcome: unknown = null;

  constructor(prerequisiteFlagKey: string, expectedVariationKey: string) {
    this.prerequisiteFlagKey = prerequisiteFlagKey;
    this.expectedVariationKey = expectedVariationKey;
  }

  /** What the flag has come to where this is not met; `null` before that. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}

/** Decodes one prerequisite. One that can't be read rejects the payload: to leave it out would open the flag. */
export function decodePrerequisite(json: unknown): Prerequisite {
  const wire = decodeObject(json);
  return new Prerequisite(
    decodeString(wire.prerequisiteFlagKey, "prerequisiteFlagKey"),
    decodeString(wire.expectedVariationKey, "expectedVariationKey"),
  );
}
