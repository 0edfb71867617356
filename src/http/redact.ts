import { MAX_SERVER_TEXT_LENGTH } from "../contract/limits.ts";
import { PayloadError } from "../contract/payload-error.ts";

/** Control and format characters and lone surrogates: they can forge or garble a log line. */
// A literal would be compiled at each start, and V8 loads tables of Unicode for it.
const UNPRINTABLE = "[\\p{Cc}\\p{Cf}\\p{Cs}]+";

/** Text from outside on one line, without characters that could forge or garble a log, and the SDK key replaced (contract §1). */
function redact(text: string, sdkKey: string): string {
  return text.replace(/\s+/g, " ").replace(new RegExp(UNPRINTABLE, "gu"), "").replace(
    spellingsOf(sdkKey),
    "[SDK key]",
  ).trim();
}

/** {@linkcode redact}, then cut to 200 characters. In this order: a cut through the key would leave most of it visible. */
export function sanitize(text: string, sdkKey: string): string {
  const characters = Array.from(redact(text, sdkKey).slice(0, 2 * MAX_SERVER_TEXT_LENGTH + 2));
  return characters.length > MAX_SERVER_TEXT_LENGTH
    ? `${characters.slice(0, MAX_SERVER_TEXT_LENGTH - 1).join("")}…`
    : characters.join("");
}

/**
 * The key as it is, and as an echoed URL or JSON string spells it. One pattern for all: replaced one after the other, a
 * short key could match within `[SDK key]`.
 */
function spellingsOf(sdkKey: string): RegExp {
  const spellings = [sdkKey, encodeURIComponent(sdkKey), JSON.stringify(sdkKey).slice(1, -1)];
  return new RegExp(spellings.map((spelling) => spelling.replace(/\W/g, "\\$&")).join("|"), "gi");
}

/** How Deno begins the message of a failed request. A long URL would leave no room for the reason behind it. */
const DENO_PREFIX = /^error sending request(?: from \S+)? for url \([^)]*\)(?: \([^)]*\))?:? ?/;

interface ErrorLike {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/**
 * Describes in a line why `fetch` failed. Runtimes hide the reason at different depths: Node as the `cause` of "fetch
 * failed", and for a host with several addresses as a list of errors without a message of its own.
 *
 * The error itself is not exposed: one from a wrapper around `fetch` may hold the request's headers, and with them the
 * SDK key.
 */
export function describeCause(error: unknown): string {
  const parts = new Set<string>();
  let current: unknown = error;
  for (let depth = 0; depth < 4 && typeof current === "object" && current !== null; depth++) {
    const { message, code, cause, errors } = current as ErrorLike;
    const text = message || code;
    const reason = typeof text === "string" ? text.replace(DENO_PREFIX, "") : "";
    if (reason !== "") parts.add(reason);
    current = cause ?? errors?.[0];
  }
  return [...parts].join(": ") || "no reason given";
}

/** Shorter keys are not secrets, and replacing them would garble unrelated words of a line. */
const SHORTEST_SECRET = 8;

/** Text on one line, without the SDK key: a server may put anything into a payload that a message quotes (contract §1). */
export function redactKey(text: string, sdkKey: string): string {
  return sdkKey.length < SHORTEST_SECRET ? text : redact(text, sdkKey);
}

/** The error, with the SDK key removed from what a payload error quotes. */
export function withoutKey<E>(error: E, sdkKey: string): E | PayloadError {
  return error instanceof PayloadError
    ? new PayloadError(error.path, redactKey(error.problem, sdkKey))
    : error;
}
