import type { WireCondition, WireFlag, WireSegment, WireSnapshot } from "../../wire.ts";

/** A rule of the bench's environments, all of which say the same thing in few words: all conditions, one variation. */
export interface PlainRule {
  readonly conditions: readonly WireCondition[];
  /** The segment that decides instead of the conditions. */
  readonly segment: WireSegment | undefined;
  /** The variation that is served. */
  readonly variation: string;
}

/** The rules of a flag, which other SDKs' formats are made of. */
export function plainRules(flag: WireFlag, { segments }: WireSnapshot): PlainRule[] {
  return flag.rules.map(({ conditionGroups, segmentKey, serve }) => {
    if (serve.variation === undefined) throw new Error("A rule of the bench has a rollout");
    return {
      conditions: conditionGroups.flatMap(({ conditions }) => conditions),
      segment: segments.find(({ key }) => key === segmentKey),
      variation: serve.variation,
    };
  });
}

/** The value of a variation. */
export function valueOf(flag: WireFlag, variationKey: string | undefined): boolean | string {
  const variation = flag.variations.find(({ key }) => key === variationKey);
  if (variation === undefined) throw new Error(`${flag.key} has no variation ${variationKey}`);
  return variation.value;
}

/** The place of a variation among all of them. */
export function indexOf(flag: WireFlag, variationKey: string | undefined): number {
  return flag.variations.findIndex(({ key }) => key === variationKey);
}
