import { decodeObject, decodeString } from "./decode.ts";

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
