import type { Flag } from "../../contract/flag.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import { md5Hex } from "../../evaluation/md5.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import { isSplit } from "../../evaluation/serve.ts";
import { outcomeOf } from "../../store/flag-set.ts";
import { snapshotOf } from "../../store/flag-set.ts";
import type { FlagSet } from "../../store/flag-set.ts";
import type { Signer } from "./change-streams.ts";

/** The reasons that the protocol knows. */
type OfrepReason = "STATIC" | "TARGETING_MATCH" | "SPLIT" | "DISABLED" | "UNKNOWN";

/** The error codes that the protocol allows for a flag. */
type OfrepErrorCode = "PARSE_ERROR" | "GENERAL";

/** The longest body whose entity tag is remembered, in characters, and the most of them: 2 MiB in all. */
const MAX_KNOWN_BODY = 1_024;
const MAX_KNOWN_BODIES = 1_000;

const encoder = new TextEncoder();

/** The most results of one flag that are remembered. */
const MAX_RESULTS = 100;

/** A flag and its results so far. */
interface Entry {
  readonly key: string;
  /** The result of the last list. */
  last?: Result;
  readonly results: Result[];
}

/** The flags of one moment as callers may see them. */
export class VisibleFlags {
  readonly #flags: FlagSet;
  readonly #signer: Signer;
  #tag: string | undefined;
  #etagSecret: string | undefined;
  /** By key, in the order of the snapshot. */
  readonly #entries: ReadonlyMap<string, Entry>;
  /** The last answer, and what it began with. Where no flag depends on the context, it is the next one too, then in UTF-8. */
  #answer: string | Uint8Array<ArrayBuffer> = "";
  #head: string | undefined;
  /** The entity tags of the day, by the body that asked. */
  readonly #etags = new Map<string, string>();
  #day = 0;

  constructor(flags: FlagSet, canSee: (key: string) => boolean, signer: Signer) {
    this.#flags = flags;
    this.#signer = signer;
    const keys = Array.from(flags.keys()).filter((key) => canSee(key) === true);
    this.#entries = new Map(keys.map((key) => [key, { key, results: [] }]));
  }

  /**
   * A keyed hash of all flags and segments in canonical order, without the environment's version: it is equal on every
   * instance (contract §9). Hidden flags count, since a visible one may depend on them. Without the key nobody can test a
   * guess of a rule against it. A second part shows that an instance issued it: see {@linkcode isTag}.
   */
  async tag(): Promise<string> {
    // Not the promise is kept: on request-scoped runtimes requests share none (contract §6.1).
    return this.#tag ??= await tagOf(this.#flags, this.#signer);
  }

  /** The entity tag of the answer to an equal body: it is known without parsing the body. */
  knownEtag(body: string, day: number): string | undefined {
    return day === this.#day ? this.#etags.get(body) : undefined;
  }

  /** Remembers the entity tag of the answer to a body. */
  rememberEtag(body: string, day: number, etag: string): void {
    if (body.length > MAX_KNOWN_BODY) return;
    if (day !== this.#day || this.#etags.size >= MAX_KNOWN_BODIES) this.#etags.clear();
    this.#day = day;
    this.#etags.set(body, etag);
  }

  /**
   * Identifies what one context sees, without evaluating it. The flags and the list are hashed once, into a secret; the hash of
   * each context begins with it, so nobody can find another context with the same tag, or test a guess of a context. That hash
   * is MD5, because a digest of Web Crypto is a job of another thread, which costs more than hundreds of evaluations.
   */
  async etag(context: EvaluationContext, day: number): Promise<string> {
    if (this.#etagSecret === undefined) {
      const keys = JSON.stringify([...this.#entries.keys()].sort());
      this.#etagSecret = toHex(await this.#signer.sign(`ofrep-etag\n${await this.tag()}\n${keys}`));
    }
    return `"${md5Hex(JSON.stringify([this.#etagSecret, day, attributesOf(context)]))}"`;
  }

  /** Evaluates one flag; `undefined` when it does not exist or cannot be seen. */
  outcome(key: string, context: EvaluationContext): Outcome | undefined {
    return this.#entries.has(key) ? outcomeOf(this.#flags, key, context) : undefined;
  }

  /**
   * Evaluates all flags. Returns the JSON of the protocol's answer.
   *
   * @param rest What the answer has beside the flags: JSON of at least one property.
   * @param onOutcome Called with each outcome; with equal ones once in an hour when `hour` is given.
   */
  answer(
    context: EvaluationContext,
    rest: string,
    onOutcome: (key: string, outcome: Outcome) => void,
    hour?: number,
  ): string | Uint8Array<ArrayBuffer> {
    const head = `{${rest},"flags":[`;
    let isNew = head !== this.#head;
    const pieces: string[] = [];
    for (const entry of this.#entries.values()) {
      const outcome = outcomeOf(this.#flags, entry.key, context);
      let { last } = entry;
      if (last?.outcome !== outcome) {
        last = entry.last = resultOf(this.#flags, entry, outcome);
        isNew = true;
      }
      if (hour === undefined || last.hour !== hour) onOutcome(entry.key, outcome);
      last.hour = hour;
      pieces.push(last.json);
    }
    if (isNew) {
      // Joined once: V8 copies a text that begins with another one when it is sent.
      pieces[0] = head + (pieces[0] ?? "");
      pieces[pieces.length - 1] += "]}";
      this.#answer = pieces.join();
      this.#head = head;
    } else if (typeof this.#answer === "string") this.#answer = encoder.encode(this.#answer);
    return this.#answer;
  }

  /** The JSON of one result. */
  json(key: string, outcome: Outcome): string {
    return resultOf(this.#flags, this.#entries.get(key)!, outcome).json;
  }

  /** Metadata of the set (contract §9). */
  get metadata(): object {
    const { environment, version } = this.#flags;
    return { ...(environment !== "" && { flagSetId: environment }), version };
  }
}

/** An outcome as callers get it. */
interface Result {
  readonly outcome: Outcome;
  readonly json: string;
  /** The hour in which the outcome was last reported. */
  hour: number | undefined;
}

/** Outcomes are memoized by the evaluation, so their JSON is written once. */
function resultOf(flags: FlagSet, { key, results }: Entry, outcome: Outcome): Result {
  for (const result of results) if (result.outcome === outcome) return result;
  // A failed evaluation has a new outcome each time.
  if (results.length >= MAX_RESULTS) results.length = 0;
  const json = JSON.stringify(toResult(flags.get(key)!, outcome));
  const result = { outcome, json, hour: undefined };
  results.push(result);
  return result;
}

/** Whether a result is an error, which a request for a single flag answers with 400. */
export function isFailure({ error }: Outcome): boolean {
  return error !== undefined;
}

/** A result in the protocol's form. Names of rules, segments and other flags stay here. */
function toResult(flag: Flag, outcome: Outcome): object {
  const { key, version } = flag;
  const { value, reason, variationKey, error } = outcome;
  if (error !== undefined) {
    const isInvalid = error.code === "VARIATION_NOT_FOUND" || error.code === "PREREQUISITE_DEPTH";
    const errorCode: OfrepErrorCode = isInvalid ? "PARSE_ERROR" : "GENERAL";
    const errorDetails = isInvalid
      ? "The flag's configuration is invalid"
      : "The flag could not be evaluated";
    return { key, errorCode, errorDetails, metadata: { version } };
  }
  return {
    key,
    // Without a value the caller's default stands.
    ...(value !== undefined && { value }),
    reason: toOfrepReason(outcome, flag),
    ...(variationKey !== undefined && { variant: variationKey }),
    metadata: { version, reason },
  };
}

function toOfrepReason(outcome: Outcome, flag: Flag): OfrepReason {
  switch (outcome.reason) {
    case "RULE_MATCH":
      return isSplit(outcome, flag) ? "SPLIT" : "TARGETING_MATCH";
    case "FALLTHROUGH":
      if (isSplit(outcome, flag)) return "SPLIT";
      // STATIC only where no context could get another value: callers may cache such a value.
      return flag.rules.length === 0 && flag.prerequisites.length === 0 ? "STATIC" : "UNKNOWN";
    case "FLAG_DISABLED":
      return "DISABLED";
    default:
      // The protocol has no reason for a failed prerequisite; the metadata has the exact one.
      return "UNKNOWN";
  }
}

/** The length of each part of a tag, in hexadecimal digits. */
const PART = 32;

async function tagOf(set: FlagSet, signer: Signer): Promise<string> {
  const { flags, segments } = snapshotOf(set);
  const json = JSON.stringify([byKey(flags), byKey(segments)]);
  const hash = toHex(await signer.sign(`ofrep-content\n${json}`));
  return hash + await proofOf(hash, signer);
}

async function proofOf(hash: string, signer: Signer): Promise<string> {
  return toHex(await signer.sign(`ofrep-tag\n${hash}`));
}

/** Whether an instance with the same SDK key issued a tag: others cost nothing more than this check. */
export async function isTag(text: string, signer: Signer): Promise<boolean> {
  return text.length === 2 * PART && await proofOf(text.slice(0, PART), signer) === text.slice(PART);
}

function byKey<T extends { readonly key: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/**
 * What conditions can tell apart in a context, in one order. Its JSON would not do: an object may have a text of its own, by
 * which it is compared, and `1e400` in a body is a number that JSON cannot write.
 */
function attributesOf(context: EvaluationContext): readonly unknown[] {
  return Object.getOwnPropertyNames(context).sort().flatMap((name) => {
    try {
      const value = context[name];
      if (value === undefined || value === null) return [];
      // The text of a date has no milliseconds.
      const isDate = Object.prototype.toString.call(value) === "[object Date]";
      return [[name, typeof value, isDate ? Number(value) : String(value)]];
    } catch {
      return []; // a getter or a `toString` threw: the attribute is absent
    }
  });
}

/** The first 128 bits of SHA-256, in hexadecimal digits. */
export async function digest(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));
}

/** The first 128 bits, in hexadecimal digits. */
function toHex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, PART / 2), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
