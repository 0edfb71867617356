import { OPERATORS } from "../../contract/condition.ts";
import { PayloadError, prefixPath, typeViolation } from "../../contract/payload-error.ts";
import type {
  WireCondition,
  WireFlag,
  WirePrerequisite,
  WireRule,
  WireSegment,
  WireServe,
  WireSnapshot,
} from "../../contract/wire.ts";

const FLAG_TYPES = ["Boolean", "String", "Number", "Json"] as const;
const SERVE_TYPES = ["Fixed", "Rollout"] as const;
const LOGICS = ["And", "Or"] as const;

/** The names that flags and segments may refer to. */
interface Names {
  /** The variation keys of each flag. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly segments: ReadonlySet<string>;
}

/**
 * Refuses mistakes that the wire tolerates: unknown names, dangling references, duplicate keys, missing lists (which make a
 * rule match nobody), values of another type than their flag's.
 *
 * @throws {PayloadError} for the first one.
 */
export function checkEnvironment(snapshot: WireSnapshot): void {
  const names: Names = {
    flags: new Map(snapshot.flags.map(({ key, variations }) => [key, variations.map(({ key }) => key)])),
    segments: new Set(snapshot.segments.map(({ key }) => key)),
  };
  each(snapshot.flags, "flags", (flag) => checkFlag(flag, names));
  checkUnique(snapshot.flags.map(({ key }) => key), "flags", "key");
  each(snapshot.segments, "segments", checkSegment);
  checkUnique(snapshot.segments.map(({ key }) => key), "segments", "key");
}

function checkFlag(flag: WireFlag, names: Names): void {
  const type = checkName(flag.type, "type", FLAG_TYPES);
  const variations = flag.variations.map(({ key }) => key);
  checkUnique(variations, "variations", "key");
  each(flag.variations, "variations", ({ value }) => checkValue(value, type));
  each(flag.rules ?? [], "rules", (rule) => checkRule(rule, variations, names));
  checkUnique((flag.rules ?? []).map(({ id }) => id), "rules", "id");
  checkServe(flag.fallthrough, "fallthrough", variations);
  if (flag.offVariation) checkKey(flag.offVariation, "offVariation", variations);
  each(flag.prerequisites ?? [], "prerequisites", (prerequisite) => checkPrerequisite(prerequisite, names));
}

function checkValue(value: unknown, type: typeof FLAG_TYPES[number]): void {
  if (value === undefined) throw typeViolation("value", "there", value);
  if (type === "Json" || typeof value === type.toLowerCase()) return;
  const expected = type === "Boolean" ? "true or false" : `a ${type.toLowerCase()}`;
  throw typeViolation("value", `${expected} in a ${type} flag`, value);
}

function checkRule(rule: WireRule, variations: readonly string[], names: Names): void {
  if (rule.segmentKey) {
    if (!names.segments.has(rule.segmentKey)) {
      throw typeViolation("segmentKey", "the key of a segment", rule.segmentKey);
    }
  } else {
    each(rule.conditionGroups, "conditionGroups", (group) => {
      checkName(group.operator, "operator", LOGICS);
      each(group.conditions, "conditions", checkCondition);
    });
  }
  checkServe(rule.serve, "serve", variations);
}

function checkSegment(segment: WireSegment): void {
  checkName(segment.conditionLogic, "conditionLogic", LOGICS);
  each(segment.conditions, "conditions", checkCondition);
}

function checkCondition(condition: WireCondition): void {
  checkName(condition.operator, "operator", OPERATORS);
  each(condition.values, "values", () => {});
}

function checkServe(serve: WireServe, path: string, variations: readonly string[]): void {
  try {
    const type = checkName(serve.type, "type", SERVE_TYPES);
    const weighted = serve.variations ?? [];
    if (type === "Fixed" || weighted.length === 0) {
      return checkKey(serve.variation ?? undefined, "variation", variations);
    }
    each(weighted, "variations", ({ key, weight = 0 }) => {
      checkKey(key, "key", variations);
      if (weight < 0) throw typeViolation("weight", "at least 0", weight);
    });
  } catch (error) {
    throw prefixPath(error, path);
  }
}

function checkPrerequisite(prerequisite: WirePrerequisite, names: Names): void {
  const variations = names.flags.get(prerequisite.prerequisiteFlagKey);
  if (variations === undefined) {
    throw typeViolation("prerequisiteFlagKey", "the key of a flag", prerequisite.prerequisiteFlagKey);
  }
  checkKey(prerequisite.expectedVariationKey, "expectedVariationKey", variations);
}

function each<T>(
  items: readonly T[] | null | undefined,
  path: string,
  check: (item: T) => void,
): void {
  // The wire tolerates a missing list and fails closed (contract §2.1); in a file it is a mistake.
  if (!items) throw typeViolation(path, "a list", items);
  for (const [index, item] of items.entries()) {
    try {
      check(item);
    } catch (error) {
      throw prefixPath(error, `${path}[${index}]`);
    }
  }
}

function checkUnique(keys: readonly string[], path: string, property: string): void {
  const twice = keys.findIndex((key, index) => keys.indexOf(key) < index);
  if (twice === -1) return;
  const first = `${path}[${keys.indexOf(keys[twice]!)}]`;
  throw new PayloadError(
    `${path}[${twice}].${property}`,
    `must be unique, but is ${JSON.stringify(keys[twice])}, as in ${first}`,
  );
}

function checkKey(key: string | undefined, path: string, keys: readonly string[]): void {
  if (key === undefined || !keys.includes(key)) throw typeViolation(path, oneOf(keys), key);
}

/** Returns the known name of which this is a spelling. */
function checkName<Name extends string>(name: string, path: string, known: readonly Name[]): Name {
  const folded = fold(name);
  const found = known.find((candidate) => fold(candidate) === folded);
  if (found === undefined) throw typeViolation(path, oneOf(known), name);
  return found;
}

/** Names are compared without underscores and in any case (contract §3.3). */
function fold(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function oneOf(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name));
  const last = quoted.pop();
  if (last === undefined) return "left out (there is none)";
  return quoted.length === 0 ? last : `${quoted.join(", ")} or ${last}`;
}
