import { OPERATORS } from "../../contract/condition.ts";
import { joinPath, typeViolation } from "../../contract/payload-error.ts";
import type {
  Operator,
  WireCondition,
  WireConditionGroup,
  WireFlag,
  WireRule,
  WireSegment,
  WireServe,
  WireSnapshot,
} from "../../contract/wire.ts";
import { quote } from "../../errors/format.ts";
import { parseInstant } from "../../evaluation/operators/instant.ts";
import { parseNumber } from "../../evaluation/operators/number.ts";
import { parseVersion } from "../../evaluation/operators/version.ts";
import { compilePattern } from "../../regex/pattern.ts";

/** A mistake that the wire tolerates: the payload means something else than its author probably meant. */
export interface Mistake {
  readonly path: string;
  /** What is allowed there and what was found, or what follows from it. */
  readonly problem: string;
  /** Whether a change through the API is refused for it. In a file it is only a warning. */
  readonly isRefused: boolean;
}

/** The names that flags and segments may refer to. */
export interface Names {
  /** The variation keys of a flag; `undefined` when it does not exist. */
  variationsOf(flagKey: string): readonly string[] | undefined;
  hasSegment(key: string): boolean;
}

/** The problem of a property that nothing reads. */
export const UNKNOWN = "is unknown and ignored";

const FLAG_TYPES = ["Boolean", "String", "Number", "Json"] as const;
const SERVE_TYPES = ["Fixed", "Rollout"] as const;
const LOGICS = ["And", "Or"] as const;

/** The kinds of objects in a snapshot. */
type Kind =
  | "snapshot"
  | "flag"
  | "variation"
  | "rule"
  | "conditionGroup"
  | "condition"
  | "serve"
  | "share"
  | "prerequisite"
  | "segment";

/** The properties of every object of a snapshot, as in flags.schema.json. `description` is a comment for people. */
export const PROPERTIES: Readonly<Record<Kind, readonly string[]>> = {
  snapshot: ["$schema", "environment", "version", "flags", "segments"],
  flag: [
    "key",
    "version",
    "description",
    "type",
    "enabled",
    "variations",
    "rules",
    "fallthrough",
    "offVariation",
    "prerequisites",
  ],
  variation: ["key", "value", "description"],
  rule: ["id", "description", "priority", "conditionGroups", "segmentKey", "serve"],
  conditionGroup: ["operator", "conditions"],
  condition: ["attribute", "operator", "values", "negate"],
  serve: ["type", "variation", "variations", "bucketBy", "salt"],
  share: ["key", "weight"],
  prerequisite: ["prerequisiteFlagKey", "expectedVariationKey"],
  segment: ["key", "version", "description", "conditionLogic", "conditions"],
};

/** For each operator that parses its values: what a value must be. */
const PARSED: { readonly [Name in Operator]?: readonly [parses: (text: string) => boolean, what: string] } = {
  GreaterThan: [isNumber, "a number"],
  GreaterThanOrEqual: [isNumber, "a number"],
  LessThan: [isNumber, "a number"],
  LessThanOrEqual: [isNumber, "a number"],
  Before: [isInstant, "a date, or Unix time in seconds"],
  After: [isInstant, "a date, or Unix time in seconds"],
  SemverEquals: [isVersion, "a version"],
  SemverGreaterThan: [isVersion, "a version"],
  SemverGreaterThanOrEqual: [isVersion, "a version"],
  SemverLessThan: [isVersion, "a version"],
  SemverLessThanOrEqual: [isVersion, "a version"],
  MatchesRegex: [(text) => compilePattern(text) !== null, "a pattern that can be compiled"],
};

/** A path into a JSON document, as other systems name attributes: `$.user.id`, `$flagd.timestamp`, `/address/city`. */
const PATH = /^(?:\$(?:flagd)?[.[]|\/)/;

/** A range of addresses: `10.0.0.0/8`, `2001:db8::/32`. */
const ADDRESS_RANGE = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f]*:[\da-f:]*)\/\d{1,3}$/i;

/** The operators that compare the whole attribute. */
const WHOLE: readonly Operator[] = ["Equals", "NotEquals", "In", "NotIn"];

/** A text that other systems read as a pattern: `*@corp.example`, `/shop/*`, `^/cart$`. */
const WILDCARD = /\*|^\^.*\$$/;

/** Several values in one text: `123, 321`. */
const LIST = /^[^,\s]+(?:,\s*[^,\s]+)+$/;

/** The end of an e-mail address: `@corp.example`. */
const DOMAIN = /^@[^@\s]+\.[^@\s]+$/;

/** Other systems' names for a random choice, which depends on no attribute. */
const STICKINESS = ["default", "random"];

/** The operators that every text fits when their value is empty. */
const PARTS: readonly Operator[] = ["Contains", "StartsWith", "EndsWith"];

/** Finds the mistakes of a whole snapshot that has no type violation (contract §2.1). */
export function findMistakes(snapshot: WireSnapshot): readonly Mistake[] {
  const flags = new Map(snapshot.flags.map(({ key, variations }) => [key, variations.map(({ key }) => key)]));
  const segments = new Set(snapshot.segments.map(({ key }) => key));
  const names: Names = { variationsOf: (key) => flags.get(key), hasSegment: (key) => segments.has(key) };
  const finder = new Finder(names);
  finder.unknown(snapshot, "snapshot");
  finder.each(snapshot.flags, "flags", (flag) => finder.flag(flag));
  finder.unique(snapshot.flags.map(({ key }) => key), "flags", "key");
  finder.cycles(snapshot.flags);
  finder.each(snapshot.segments, "segments", (segment) => finder.segment(segment));
  finder.unique(snapshot.segments.map(({ key }) => key), "segments", "key");
  return finder.mistakes;
}

/** Finds the mistakes of one flag; paths start at the flag. */
export function findFlagMistakes(flag: WireFlag, names: Names): readonly Mistake[] {
  const finder = new Finder(names);
  finder.flag(flag);
  return finder.mistakes;
}

/** Finds the mistakes of one segment; paths start at the segment. */
export function findSegmentMistakes(segment: WireSegment): readonly Mistake[] {
  const finder = new Finder({ variationsOf: () => undefined, hasSegment: () => false });
  finder.segment(segment);
  return finder.mistakes;
}

/** Walks through a configuration and collects mistakes with their paths. */
class Finder {
  readonly mistakes: Mistake[] = [];
  readonly #names: Names;
  #path = "";

  constructor(names: Names) {
    this.#names = names;
  }

  flag(flag: WireFlag): void {
    this.unknown(flag, "flag");
    const type = this.#name(flag.type, "type", FLAG_TYPES);
    const variations = flag.variations.map(({ key }) => key);
    this.unique(variations, "variations", "key");
    this.each(flag.variations, "variations", (variation) => {
      this.unknown(variation, "variation");
      this.#value(variation.value, type);
    });
    const rules = flag.rules ?? [];
    this.each(rules, "rules", (rule) => this.#rule(rule, variations));
    this.unique(rules.map(({ id }) => id), "rules", "id");
    this.#findUnreachable(rules);
    this.#at("fallthrough", () => this.#serve(flag.fallthrough, variations));
    if (flag.offVariation) this.#key(flag.offVariation, "offVariation", variations);
    this.each(flag.prerequisites ?? [], "prerequisites", (prerequisite) => {
      this.unknown(prerequisite, "prerequisite");
      const { prerequisiteFlagKey, expectedVariationKey } = prerequisite;
      // A flag can be its own prerequisite: its new variations count.
      const expected = prerequisiteFlagKey === flag.key
        ? variations
        : this.#names.variationsOf(prerequisiteFlagKey);
      if (expected === undefined) {
        this.#refuse("prerequisiteFlagKey", "the key of a flag", prerequisiteFlagKey);
      } else {
        this.#key(expectedVariationKey, "expectedVariationKey", expected);
      }
    });
  }

  segment(segment: WireSegment): void {
    this.unknown(segment, "segment");
    this.#name(segment.conditionLogic, "conditionLogic", LOGICS);
    this.#conditions(segment, "segment");
  }

  each<T>(items: readonly T[] | null | undefined, path: string, visit: (item: T) => void): void {
    // The wire tolerates a missing list and fails closed (contract §2.1); in a file it is a mistake.
    if (!items) return this.#refuse(path, "a list", items);
    for (const [index, item] of items.entries()) this.#at(`${path}[${index}]`, () => visit(item));
  }

  unique(keys: readonly string[], path: string, property: string): void {
    const first = new Map<string, number>();
    for (const [index, key] of keys.entries()) {
      const before = first.get(key);
      if (before === undefined) first.set(key, index);
      else {
        const problem = `must be unique, but is ${quote(key)}, as in ${path}[${before}]`;
        this.#add(`${path}[${index}].${property}`, problem, true);
      }
    }
  }

  /** Notes flags that are prerequisites of themselves, also through others (contract §3.1). */
  cycles(flags: readonly WireFlag[]): void {
    const needs = new Map(flags.map(({ key, prerequisites }) => [
      key,
      (prerequisites ?? []).map(({ prerequisiteFlagKey }) => prerequisiteFlagKey),
    ]));
    // A flag that no other needs is in no cycle. Few are left without them: a search from each flag of a long chain is slow.
    const counts = new Map<string, number>();
    for (const key of [...needs.values()].flat()) counts.set(key, (counts.get(key) ?? 0) + 1);
    const unneeded = [...needs.keys()].filter((key) => !counts.has(key));
    for (const key of unneeded) {
      for (const next of needs.get(key) ?? []) {
        const count = counts.get(next)! - 1;
        counts.set(next, count);
        if (count === 0) unneeded.push(next);
      }
      needs.delete(key);
    }
    for (const [index, { key }] of flags.entries()) {
      const reached = new Set(needs.get(key));
      // A set that grows is iterated to its end.
      for (const next of reached) for (const further of needs.get(next) ?? []) reached.add(further);
      if (reached.has(key)) {
        this.#note(`flags[${index}].prerequisites`, "form a cycle: the flag serves its off variation");
      }
    }
  }

  unknown(object: object, kind: Kind): void {
    for (const name of Object.keys(object)) {
      if (!PROPERTIES[kind].includes(name)) this.#note(name, UNKNOWN);
    }
  }

  #value(value: unknown, type: (typeof FLAG_TYPES)[number] | undefined): void {
    if (value === undefined) return this.#refuse("value", "there", value);
    if (value === null && (type === undefined || type === "Json")) {
      return this.#note("value", "is null: callers get their default");
    }
    if (type === undefined || type === "Json" || typeof value === type.toLowerCase()) return;
    const expected = type === "Boolean" ? "true or false" : `a ${type.toLowerCase()}`;
    this.#refuse("value", `${expected} in a ${type} flag`, value);
  }

  #rule(rule: WireRule, variations: readonly string[]): void {
    this.unknown(rule, "rule");
    if (rule.segmentKey) {
      if (!this.#names.hasSegment(rule.segmentKey)) {
        this.#refuse("segmentKey", "the key of a segment", rule.segmentKey);
      }
      if (rule.conditionGroups && rule.conditionGroups.length > 0) {
        this.#note("conditionGroups", `is not consulted: the segment ${quote(rule.segmentKey)} decides`);
      }
    } else {
      this.each(rule.conditionGroups, "conditionGroups", (group) => {
        this.unknown(group, "conditionGroup");
        this.#name(group.operator, "operator", LOGICS);
        this.#conditions(group, "group");
      });
    }
    this.#at("serve", () => this.#serve(rule.serve, variations));
  }

  /** Notes the rules behind one that matches everybody, in the order of evaluation (contract §3.1). */
  #findUnreachable(rules: readonly WireRule[]): void {
    const inOrder = [...rules.entries()].sort(([, a], [, b]) => (a.priority ?? 0) - (b.priority ?? 0));
    const last = inOrder.findIndex(([, { segmentKey, conditionGroups }]) =>
      !segmentKey && conditionGroups?.every(({ conditions }) => conditions?.length === 0)
    );
    if (last < 0) return;
    for (const [index] of inOrder.slice(last + 1)) {
      this.#note(`rules[${index}]`, `is never reached: rules[${inOrder[last]![0]}] matches everybody`);
    }
  }

  #conditions({ conditions }: Pick<WireConditionGroup, "conditions">, what: string): void {
    this.each(conditions, "conditions", (condition) => this.#condition(condition));
    if (conditions?.length === 0) this.#note("conditions", `is empty: the ${what} matches everybody`);
  }

  #condition(condition: WireCondition): void {
    this.unknown(condition, "condition");
    this.#attribute(condition.attribute, "attribute");
    const operator = this.#name(condition.operator, "operator", OPERATORS);
    this.each(condition.values, "values", () => {});
    if (operator === undefined || !condition.values) return;
    if (condition.values.length === 0) {
      const always = operator.startsWith("Not") !== (condition.negate === true);
      this.#note("values", `is empty: the condition ${always ? "always matches" : "never matches"}`);
    }
    const empty = PARTS.includes(operator) ? condition.values.findIndex((value) => value === "") : -1;
    if (empty >= 0) this.#note(`values[${empty}]`, "is empty: every text has the empty one in it");
    for (const [index, value] of condition.values.map(String).entries()) {
      const misreading = misreadingOf(value, operator);
      if (misreading !== undefined) this.#note(`values[${index}]`, misreading);
    }
  }

  #serve(serve: WireServe, variations: readonly string[]): void {
    this.unknown(serve, "serve");
    const type = this.#name(serve.type, "type", SERVE_TYPES);
    const weighted = serve.variations ?? [];
    if (serve.bucketBy) this.#attribute(serve.bucketBy, "bucketBy");
    if (STICKINESS.includes(serve.bucketBy ?? "")) {
      this.#note(
        "bucketBy",
        `names an attribute of the context, not a way to choose: ${quote(serve.bucketBy!)}`,
      );
    }
    if (type === "Fixed" || weighted.length === 0) {
      return this.#key(serve.variation ?? undefined, "variation", variations);
    }
    this.each(weighted, "variations", (share) => {
      this.unknown(share, "share");
      const { key, weight = 0 } = share;
      this.#key(key, "key", variations);
      if (weight < 0) this.#refuse("weight", "at least 0", weight);
      else if (weight > 0 && weight < 1) {
        this.#note("weight", `is ${weight}, but the smallest share is 1 percent`);
      }
    });
    const sum = weighted.reduce((sum, { weight = 0 }) => sum + weight, 0);
    // Three thirds, written as 33.33, add up to 99.99.
    if (Math.abs(sum - 100) > 0.5) {
      const rest = sum < 100
        ? `${quote(weighted.at(-1)!.key)} gets the rest`
        : "what lies above 100 is never served";
      this.#note("variations", `have weights that add up to ${Number(sum.toFixed(2))}, not 100: ${rest}`);
    }
  }

  #attribute(name: string, path: string): void {
    if (PATH.test(name)) this.#note(path, `names one attribute of the context, not a path: ${quote(name)}`);
  }

  #key(key: string | undefined, path: string, keys: readonly string[]): void {
    if (key === undefined || !keys.includes(key)) this.#refuse(path, oneOf(keys), key);
  }

  /** Returns the known name of which this is a spelling. */
  #name<Name extends string>(name: string, path: string, known: readonly Name[]): Name | undefined {
    const folded = fold(name);
    const found = known.find((candidate) => fold(candidate) === folded);
    if (found === undefined) this.#refuse(path, oneOf(known), name);
    return found;
  }

  #at(path: string, visit: () => void): void {
    const outer = this.#path;
    this.#path = joinPath(outer, path);
    visit();
    this.#path = outer;
  }

  #refuse(path: string, expected: string, found: unknown): void {
    this.#add(path, typeViolation("", expected, found).problem, true);
  }

  #note(path: string, problem: string): void {
    this.#add(path, problem, false);
  }

  #add(path: string, problem: string, isRefused: boolean): void {
    this.mistakes.push({ path: joinPath(this.#path, path), problem, isRefused });
  }
}

/** Returns what a condition makes of a value that its author probably meant otherwise. */
function misreadingOf(value: string, operator: Operator): string | undefined {
  const [parses, what] = PARSED[operator] ?? [];
  if (parses !== undefined) {
    return parses(value) ? undefined : `can never match: ${quote(value)} is not ${what}`;
  }
  if (ADDRESS_RANGE.test(value)) return `is compared as text, not as a range of addresses: ${quote(value)}`;
  if (WILDCARD.test(value)) return `is compared as text, not as a pattern: ${quote(value)}`;
  if (!WHOLE.includes(operator)) return undefined;
  if (value !== value.trim()) return `is compared with the white space around it: ${quote(value)}`;
  if (LIST.test(value)) return `is one value, not a list: ${quote(value)}`;
  return DOMAIN.test(value)
    ? `is compared with the whole attribute, not with its end: ${quote(value)}`
    : undefined;
}

function isNumber(text: string): boolean {
  return !Number.isNaN(parseNumber(text));
}

function isInstant(text: string): boolean {
  return !Number.isNaN(parseInstant(text));
}

function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
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
