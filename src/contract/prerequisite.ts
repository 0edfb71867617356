import { decodeObject, decodeString } from "./decode.ts";

/** Another flag that must serve a given variation before this one's rules are asked (contract §3.1). */
export interface Prerequisite {
  readonly prerequisiteFlagKey: string;
  readonly expectedVariationKey: string;
}

/** Decodes one prerequisite. One that can't be read rejects the payload: to leave it out would open the flag. */
export function decodePrerequisite(json: unknown): Prerequisite {
  const wire = decodeObject(json, "");
  return {
    prerequisiteFlagKey: decodeString(wire.prerequisiteFlagKey, "prerequisiteFlagKey"),
    expectedVariationKey: decodeString(wire.expectedVariationKey, "expectedVariationKey"),
  };
}
