/** Another flag that must serve a given variation before this one's rules are asked (contract §3.1). */
export interface Prerequisite {
  readonly prerequisiteFlagKey: string;
  readonly expectedVariationKey: string;
}
