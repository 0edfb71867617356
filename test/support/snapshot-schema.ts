import * as v from "valibot";
import { MAX_NESTING } from "../../src/contract/limits.ts";
import type {
  WireCondition,
  WireConditionGroup,
  WireFlag,
  WirePrerequisite,
  WireRule,
  WireSegment,
  WireServe,
  WireSnapshot,
  WireVariation,
  WireWeightedVariation,
} from "../../src/contract/wire.ts";

/**
 * Returns the schema of a JSON object with these entries; other properties are dropped. Valibot's own `object` accepts a
 * list and reports a missing entry at the object; this one lets every entry's schema report it.
 */
function objectSchema<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.GenericSchema<unknown, v.InferOutput<v.ObjectSchema<Entries, undefined>>> {
  const names = Object.keys(entries);
  const isObject = (input: unknown): boolean =>
    typeof input === "object" && input !== null && !Array.isArray(input);
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isObject, "an object"),
    v.transform((input) => Object.fromEntries(names.map((name) => [name, input[name]]))),
    v.object(entries),
  );
}

function isNestedWithin(json: unknown, levels: number = MAX_NESTING): boolean {
  if (typeof json !== "object" || json === null) return true;
  return levels > 0 && Object.values(json).every((item) => isNestedWithin(item, levels - 1));
}

const text = v.string("a string");
const optionalText = v.nullish(v.string("a string or null"));
const truth = v.boolean("true or false");
const finite = v.optional(v.pipe(v.number("a finite number"), v.finite("a finite number")));
// A version only decides the order of updates: anything but a number counts as missing.
const version = v.pipe(
  v.unknown(),
  v.transform((input) => typeof input === "number" && Number.isFinite(input) ? input : undefined),
);

function list<T>(item: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T[]> {
  return v.array(item, "a list");
}

function optionalList<T>(
  item: v.GenericSchema<unknown, T>,
): v.GenericSchema<unknown, T[] | null | undefined> {
  return v.nullish(list(item));
}

const ConditionSchema: v.GenericSchema<unknown, WireCondition> = objectSchema({
  attribute: text,
  operator: text,
  values: optionalList(v.union([v.string(), v.number(), v.boolean()], "a string, a number or a boolean")),
  negate: v.optional(truth),
});

const ConditionGroupSchema: v.GenericSchema<unknown, WireConditionGroup> = objectSchema({
  operator: text,
  conditions: optionalList(ConditionSchema),
});

const WeightedVariationSchema: v.GenericSchema<unknown, WireWeightedVariation> = objectSchema({
  key: text,
  weight: finite,
});

const ServeSchema: v.GenericSchema<unknown, WireServe> = objectSchema({
  type: text,
  variation: optionalText,
  variations: optionalList(WeightedVariationSchema),
  bucketBy: optionalText,
  salt: optionalText,
});

const RuleSchema: v.GenericSchema<unknown, WireRule> = objectSchema({
  id: text,
  priority: finite,
  conditionGroups: optionalList(ConditionGroupSchema),
  segmentKey: optionalText,
  serve: ServeSchema,
});

const PrerequisiteSchema: v.GenericSchema<unknown, WirePrerequisite> = objectSchema({
  prerequisiteFlagKey: text,
  expectedVariationKey: text,
});

const VariationSchema: v.GenericSchema<unknown, WireVariation> = objectSchema({
  key: text,
  value: v.custom<unknown>((input) => isNestedWithin(input), `JSON of at most ${MAX_NESTING} levels`),
});

/** Checks one flag. */
const FlagSchema: v.GenericSchema<unknown, WireFlag> = objectSchema({
  key: text,
  version,
  type: text,
  enabled: truth,
  variations: list(VariationSchema),
  rules: optionalList(RuleSchema),
  fallthrough: ServeSchema,
  offVariation: optionalText,
  prerequisites: optionalList(PrerequisiteSchema),
});

/** Checks one segment. */
const SegmentSchema: v.GenericSchema<unknown, WireSegment> = objectSchema({
  key: text,
  version,
  conditionLogic: text,
  conditions: optionalList(ConditionSchema),
});

/** Checks a snapshot. It refuses exactly the type violations of contract §2.1, point 1. */
export const SnapshotSchema: v.GenericSchema<unknown, WireSnapshot> = objectSchema({
  environment: v.pipe(v.unknown(), v.transform((input) => typeof input === "string" ? input : undefined)),
  version,
  flags: list(FlagSchema),
  segments: list(SegmentSchema),
});
