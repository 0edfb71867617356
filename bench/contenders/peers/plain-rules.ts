import type { WireCondition, WireFlag, WireSegment, WireSnapshot } from "../../wire.ts";

/** A rule of the benchmark's environments in short form: all conditions must match, one variation is served. */
export interface PlainRule {
  readonly conditions: readonly WireCondition[];
  /** The segment that decides instead of the conditions. */
  readonly segment: WireSegment | undefined;
  /** The variation that is served. */
  readonly variation: string;
}

/** The rules of a flag, from which the other SDKs' formats are generated. */
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

/** The index of a variation. */
export function indexOf(flag: WireFlag, variationKey: string | undefined): number {
  return flag.variations.findIndex(({ key }) => key === variationKey);
}
