import { Decision } from "./decision.ts";
import { decodeObject, decodeString } from "./decode.ts";

/** Another flag that must serve a given variation before this one's rules are asked (contract §3.1). */
export class Prerequisite extends Decision {
  declare readonly prerequisiteFlagKey: string;
  declare readonly expectedVariationKey: string;

  constructor(prerequisiteFlagKey: string, expectedVariationKey: string) {
    super();
    this.prerequisiteFlagKey = prerequisiteFlagKey;
    this.expectedVariationKey = expectedVariationKey;
  }
}

/** Decodes one prerequisite. One that can't be read rejects the payload: to leave it out would open the flag. */
export function decodePrerequisite(json: unknown): Prerequisite {
  const wire = decodeObject(json, "");
  return new Prerequisite(
    decodeString(wire.prerequisiteFlagKey, "prerequisiteFlagKey"),
    decodeString(wire.expectedVariationKey, "expectedVariationKey"),
  );
}
