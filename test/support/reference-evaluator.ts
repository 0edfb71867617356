/*
 * A second evaluator, written from contract §3 alone, sentence by sentence and without a thought for speed. It reads the
 * wire as it stands, compiles nothing and shares no line with the first, so that a mistake would have to be made twice.
 */
import { createHash } from "node:crypto";
import type { WireCondition, WireFlag, WireRule, WireServe, WireSnapshot } from "./wire.ts";

/** What is served, and why; the empty key where the serve names none. */
export interface ReferenceServed {
  readonly variation: string;
  readonly reason: string;
  readonly ruleId?: string;
  readonly prerequisiteKey?: string;
}

/** What the caller sees: `value` is `null` where the default takes its place. */
export interface ReferenceOutcome extends ReferenceServed {
  readonly value: unknown;
}

/**
 * A pattern's meaning is not the contract's to describe but JavaScript's, so the caller says what each source stands
 * for; one that is not listed can not be compiled.
 */
export type Patterns = ReadonlyMap<string, RegExp>;

const NO_PATTERNS: Patterns = new Map();

/** Contract §3.1, "Order": a flag of a snapshot that decodes without loss. */
export function referenceServe(
  snapshot: WireSnapshot,
  key: string,
  context: unknown,
  patterns: Patterns = NO_PATTERNS,
): ReferenceServed {
  const flag = snapshot.flags.findLast((candidate) => candidate.key === key);
  if (flag === undefined) return { variation: "", reason: "FLAG_NOT_FOUND" };
  return new Evaluation(snapshot, context, patterns).serve(flag, [key]);
}

/** Contract §3.1, "Then, for the caller". */
export function referenceEvaluate(
  snapshot: WireSnapshot,
  key: string,
  context: unknown,
  patterns: Patterns = NO_PATTERNS,
): ReferenceOutcome {
  const served = referenceServe(snapshot, key, context, patterns);
  if (served.variation === "") return { ...served, value: null };
  const flag = snapshot.flags.findLast((candidate) => candidate.key === key);
  const defined = flag?.variations.find((candidate) => candidate.key === served.variation);
  if (defined === undefined) return { variation: served.variation, value: null, reason: "ERROR" };
  return { ...served, value: defined.value ?? null };
}

/** Contract §3.3: one condition against one context. */
export function referenceMatch(
  condition: WireCondition,
  context: unknown,
  patterns: Patterns = NO_PATTERNS,
): boolean {
  return new Evaluation({ flags: [], segments: [] }, context, patterns).condition(condition);
}

/** Contract §3.6. */
export function referenceBucket(salt: string, value: string): number {
  const digest = createHash("md5").update(new TextEncoder().encode(`${salt}:${value}`)).digest();
  return (digest[0]! + digest[1]! * 0x100 + digest[2]! * 0x10000 + digest[3]! * 0x1000000) % 100;
}

class Evaluation {
  readonly #snapshot: WireSnapshot;
  readonly #context: unknown;
  readonly #patterns: Patterns;
  /** "One evaluation evaluates each prerequisite at most once." */
  readonly #evaluated = new Map<string, ReferenceServed>();

  constructor(snapshot: WireSnapshot, context: unknown, patterns: Patterns) {
    this.#snapshot = snapshot;
    this.#context = context;
    this.#patterns = patterns;
  }

  /** §3.1, steps 2 to 5. `path` holds the keys from the flag that was asked for down to this one. */
  serve(flag: WireFlag, path: readonly string[]): ReferenceServed {
    const off = flag.offVariation ?? "";
    if (!flag.enabled) return { variation: off, reason: "FLAG_DISABLED" };

    for (const { prerequisiteFlagKey, expectedVariationKey } of flag.prerequisites ?? []) {
      const unmet: ReferenceServed = {
        variation: off,
        reason: "PREREQUISITE_FAILED",
        prerequisiteKey: prerequisiteFlagKey,
      };
      let served = this.#evaluated.get(prerequisiteFlagKey);
      if (served === undefined) {
        const prerequisite = this.#snapshot.flags.findLast(({ key }) => key === prerequisiteFlagKey);
        if (prerequisite === undefined) return unmet;
        const isCycle = path.includes(prerequisiteFlagKey);
        const isTooDeep = path.length > 10;
        if (isCycle || isTooDeep) return { variation: off, reason: "ERROR" };
        served = this.serve(prerequisite, [...path, prerequisiteFlagKey]);
        if (served.reason === "ERROR") return { variation: off, reason: "ERROR" };
        this.#evaluated.set(prerequisiteFlagKey, served);
      }
      if (served.variation !== expectedVariationKey) return unmet;
    }

    for (const rule of byPriority(flag.rules ?? [])) {
      if (this.#rule(rule)) {
        return { variation: this.#served(rule.serve), reason: "RULE_MATCH", ruleId: rule.id };
      }
    }
    return { variation: this.#served(flag.fallthrough), reason: "FALLTHROUGH" };
  }

  /** §3.1, step 4. */
  #rule(rule: WireRule): boolean {
    if (typeof rule.segmentKey === "string" && rule.segmentKey !== "") {
      const segment = this.#snapshot.segments.findLast(({ key }) => key === rule.segmentKey);
      return segment !== undefined && this.#conditions(segment.conditions, segment.conditionLogic);
    }
    const groups = rule.conditionGroups ?? null;
    if (groups === null) return false; // §2.1: fails closed
    return groups.every((group) => this.#conditions(group.conditions, group.operator));
  }

  #conditions(conditions: readonly WireCondition[] | null | undefined, logic: string): boolean {
    if (conditions === null || conditions === undefined) return false; // §2.1: fails closed
    if (conditions.length === 0) return true;
    const answers = conditions.map((condition) => this.condition(condition));
    return logic.toLowerCase() === "or" ? answers.includes(true) : !answers.includes(false);
  }

  /** §3.3. */
  condition({ attribute, operator, values, negate = false }: WireCondition): boolean {
    const name = operator.split("_").join("").toLowerCase();
    if (!OPERATORS.includes(name)) return false;
    const value = this.#attribute(attribute);
    if (value === undefined) return negate;
    const matched = this.#matches(name, value, (values ?? []).map(String));
    return negate ? !matched : matched;
  }

  #matches(operator: string, value: string | number | boolean, values: readonly string[]): boolean {
    if (typeof value === "number" && Number.isFinite(value)) {
      const equals = values.map(decimal).some((number) => number !== undefined && number === value);
      if (operator === "equals" || operator === "in") return equals;
      if (operator === "notequals" || operator === "notin") return !equals;
    }
    const text = String(value);
    const folded = text.toLowerCase();
    const some = (test: (value: string) => boolean): boolean => values.some(test);
    const someFolded = (test: (value: string) => boolean): boolean => some((x) => test(x.toLowerCase()));
    switch (operator) {
      case "equals":
      case "in":
        return someFolded((x) => x === folded);
      case "notequals":
      case "notin":
        return !someFolded((x) => x === folded);
      case "contains":
        return someFolded((x) => folded.indexOf(x) >= 0);
      case "notcontains":
        return !someFolded((x) => folded.indexOf(x) >= 0);
      case "startswith":
        return someFolded((x) => folded.slice(0, x.length) === x);
      case "endswith":
        return someFolded((x) => x.length <= folded.length && folded.slice(folded.length - x.length) === x);
      case "matchesregex":
        return some((x) => this.#patterns.get(x)?.test(text) ?? false);
      case "greaterthan":
        return some((x) => ordered(number(value), decimal(x), (a, b) => a > b));
      case "greaterthanorequal":
        return some((x) => ordered(number(value), decimal(x), (a, b) => a >= b));
      case "lessthan":
        return some((x) => ordered(number(value), decimal(x), (a, b) => a < b));
      case "lessthanorequal":
        return some((x) => ordered(number(value), decimal(x), (a, b) => a <= b));
      case "before":
        return some((x) => ordered(instant(text), instant(x), (a, b) => a < b));
      case "after":
        return some((x) => ordered(instant(text), instant(x), (a, b) => a > b));
      case "semverequals":
        return some((x) => ordered(version(text), version(x), (a, b) => precedence(a, b) === 0));
      case "semvergreaterthan":
        return some((x) => ordered(version(text), version(x), (a, b) => precedence(a, b) > 0));
      case "semvergreaterthanorequal":
        return some((x) => ordered(version(text), version(x), (a, b) => precedence(a, b) >= 0));
      case "semverlessthan":
        return some((x) => ordered(version(text), version(x), (a, b) => precedence(a, b) < 0));
      case "semverlessthanorequal":
        return some((x) => ordered(version(text), version(x), (a, b) => precedence(a, b) <= 0));
    }
    throw new Error(`No such operator: ${operator}`);
  }

  /** §3.2. */
  #attribute(name: string): string | number | boolean | undefined {
    const value = scalar(this.#context, name);
    if (value !== undefined) return value;
    if (name === "userId") return scalar(this.#context, "user_id");
    if (name === "user_id") return scalar(this.#context, "userId");
    return undefined;
  }

  /** §3.6. */
  #served(serve: WireServe): string {
    const weighted = serve.variations ?? [];
    if (serve.type.toLowerCase() === "fixed" || weighted.length === 0) return serve.variation ?? "";
    const attribute = serve.bucketBy === undefined || serve.bucketBy === null || serve.bucketBy === ""
      ? "userId"
      : serve.bucketBy;
    const value = String(this.#attribute(attribute) ?? "");
    if (value === "" && (attribute === "userId" || attribute === "user_id")) return weighted[0]!.key;
    const bucket = referenceBucket(serve.salt ?? "", value);
    let sum = 0;
    for (const { key, weight = 0 } of weighted) {
      sum += weight;
      if (sum > bucket) return key;
    }
    return weighted[weighted.length - 1]!.key;
  }
}

/** The operators of §3.3. */
const OPERATORS: readonly string[] = [
  "equals",
  "notequals",
  "in",
  "notin",
  "contains",
  "notcontains",
  "startswith",
  "endswith",
  "matchesregex",
  "greaterthan",
  "greaterthanorequal",
  "lessthan",
  "lessthanorequal",
  "before",
  "after",
  "semverequals",
  "semvergreaterthan",
  "semvergreaterthanorequal",
  "semverlessthan",
  "semverlessthanorequal",
];

/** "By ascending priority; equal priorities keep their order in the payload": an insertion sort says just that. */
function byPriority(rules: readonly WireRule[]): readonly WireRule[] {
  const sorted: WireRule[] = [];
  for (const rule of rules) {
    let place = sorted.length;
    while (place > 0 && (sorted[place - 1]!.priority ?? 0) > (rule.priority ?? 0)) place--;
    sorted.splice(place, 0, rule);
  }
  return sorted;
}

/** §3.2: an own property as what conditions compare, `undefined` when it is absent. */
function scalar(context: unknown, name: string): string | number | boolean | undefined {
  if (context === null || context === undefined) return undefined;
  try {
    if (Reflect.getOwnPropertyDescriptor(Object(context), name) === undefined) return undefined;
    const value: unknown = Reflect.get(Object(context), name);
    if (value === null || value === undefined || typeof value === "symbol") return undefined;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    return value instanceof Date ? value.toISOString() : String(value);
  } catch {
    return undefined;
  }
}

function ordered<T>(a: T | undefined, b: T | undefined, compare: (a: T, b: T) => boolean): boolean {
  return a !== undefined && b !== undefined && compare(a, b);
}

/** The six characters of §3.5; §3.3's "ASCII white space" is the same, §3.4's "blank" is any white space. */
const BLANK = "\t\n\v\f\r ";

function trim(text: string): string {
  let trimmed = [...text];
  while (trimmed.length > 0 && BLANK.includes(trimmed[0]!)) trimmed = trimmed.slice(1);
  while (trimmed.length > 0 && BLANK.includes(trimmed[trimmed.length - 1]!)) trimmed = trimmed.slice(0, -1);
  return trimmed.join("");
}

function areDigits(text: string): boolean {
  return text !== "" && [...text].every((character) => character >= "0" && character <= "9");
}

function withoutSign(text: string): string {
  return text.startsWith("+") || text.startsWith("-") ? text.slice(1) : text;
}

/** §3.3: an attribute as a number. Booleans are none. */
function number(value: string | number | boolean): number | undefined {
  return typeof value === "boolean" ? undefined : decimal(String(value));
}

/** §3.3: a decimal literal. */
function decimal(text: string): number | undefined {
  const literal = trim(text);
  const [mantissa = "", exponent, ...tooMany] = literal.toLowerCase().split("e");
  if (tooMany.length > 0) return undefined;
  if (exponent !== undefined && !areDigits(withoutSign(exponent))) return undefined;
  const [whole = "", fraction = "", ...points] = withoutSign(mantissa).split(".");
  if (points.length > 0 || !areDigits(whole + fraction)) return undefined;
  return Number(literal);
}

/** §3.4. */
interface Version {
  readonly core: readonly bigint[];
  readonly prerelease: readonly string[];
}

function version(text: string): Version | undefined {
  let rest = text.trim();
  if (rest.startsWith("v") || rest.startsWith("V")) rest = rest.slice(1);
  if (rest.includes("+")) rest = rest.slice(0, rest.indexOf("+"));
  const [core = "", ...others] = rest.split("-");
  const segments = core.split(".");
  const identifiers = others.length === 0 ? [] : others.join("-").split(".");
  if (!segments.every(areDigits) || !identifiers.every((identifier) => identifier !== "")) return undefined;
  return { core: segments.map(BigInt), prerelease: identifiers };
}

/** semver §11. */
function precedence(a: Version, b: Version): number {
  for (let index = 0; index < a.core.length || index < b.core.length; index++) {
    const left = a.core[index] ?? 0n;
    const right = b.core[index] ?? 0n;
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.prerelease.length === 0 && b.prerelease.length === 0) return 0;
  if (a.prerelease.length === 0) return 1;
  if (b.prerelease.length === 0) return -1;
  for (let index = 0; index < a.prerelease.length && index < b.prerelease.length; index++) {
    const left = a.prerelease[index]!;
    const right = b.prerelease[index]!;
    if (areDigits(left) && areDigits(right)) {
      if (BigInt(left) !== BigInt(right)) return BigInt(left) < BigInt(right) ? -1 : 1;
    } else if (areDigits(left)) return -1;
    else if (areDigits(right)) return 1;
    else if (left !== right) return left < right ? -1 : 1;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length);
}

/** §3.5, in milliseconds. */
function instant(text: string): number | undefined {
  const trimmed = trim(text);
  if (trimmed === "") return undefined;
  for (const character of trimmed) {
    const isControl = character < " " || (character >= "\x7f" && character <= "\x9f");
    if (isControl || character === "\ufeff" || (character !== " " && character.trim() === "")) {
      return undefined;
    }
  }
  const milliseconds = areDigits(withoutSign(trimmed))
    ? BigInt(trimmed.replace("+", "")) * 1000n
    : written(trimmed);
  if (milliseconds === undefined) return undefined;
  const isInRange = milliseconds >= -62_135_596_800n * 1000n &&
    milliseconds <= 253_402_300_799n * 1000n + 999n;
  return isInRange ? Number(milliseconds) : undefined;
}

/** §3.5, form 2. */
function written(text: string): bigint | undefined {
  let rest = text;
  /** Takes the next characters when they are of this form: `d` is a digit, everything else itself. */
  const take = (form: string): string | undefined => {
    const head = rest.slice(0, form.length);
    if (head.length < form.length) return undefined;
    for (let index = 0; index < form.length; index++) {
      if (form[index] === "d" ? !areDigits(head[index]!) : form[index] !== head[index]) return undefined;
    }
    rest = rest.slice(form.length);
    return head;
  };

  const date = take("dddd-dd-dd");
  if (date === undefined) return undefined;
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7));
  const day = Number(date.slice(8, 10));
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  let milliseconds = BigInt(daysSinceEpoch(year, month, day)) * 86_400_000n;
  if (rest === "") return milliseconds;

  if (take("T") === undefined && take(" ") === undefined) return undefined;
  const clock = take("dd:dd");
  if (clock === undefined) return undefined;
  const second = take(":dd") ?? ":00";
  const [hours, minutes, seconds] = [clock.slice(0, 2), clock.slice(3), second.slice(1)].map(Number);
  if (hours! > 23 || minutes! > 59 || seconds! > 59) return undefined;
  milliseconds += BigInt(((hours! * 60 + minutes!) * 60 + seconds!) * 1000);

  if (take(".") !== undefined) {
    let fraction = "";
    for (let digit = take("d"); digit !== undefined; digit = take("d")) fraction += digit;
    if (fraction === "") return undefined;
    milliseconds += BigInt(`${fraction}00`.slice(0, 3));
  }

  if (rest === "" || rest === "Z") return milliseconds;
  const isEast = take("+") !== undefined;
  if (!isEast && take("-") === undefined) return undefined;
  const offset = take("dd:dd") ?? take("dddd");
  if (offset === undefined || rest !== "") return undefined;
  const offsetHours = Number(offset.slice(0, 2));
  const offsetMinutes = Number(offset.slice(-2));
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const shift = BigInt((offsetHours * 60 + offsetMinutes) * 60_000);
  return isEast ? milliseconds - shift : milliseconds + shift;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

/** Counted, year by year and month by month. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  let days = day - 1;
  for (let earlier = 1; earlier < month; earlier++) days += daysIn(year, earlier);
  for (let earlier = 1970; earlier < year; earlier++) days += isLeap(earlier) ? 366 : 365;
  for (let later = year; later < 1970; later++) days -= isLeap(later) ? 366 : 365;
  return days;
}
