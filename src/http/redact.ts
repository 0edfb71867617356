import { MAX_SERVER_TEXT_LENGTH } from "../contract/limits.ts";
import { PayloadError } from "../contract/payload-error.ts";

/** Control and format characters and lone surrogates: what can forge or garble a log line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}]+/gu;

/** Text from outside on one line, without what could forge or garble it, and the SDK key blacked out (contract §1). */
export function redact(text: string, sdkKey: string): string {
  return text.replace(/\s+/g, " ").replace(UNPRINTABLE, "").replace(spellingsOf(sdkKey), "[SDK key]").trim();
}

/** What {@linkcode redact} does, cut to 200 characters: only then, since a cut through the key would leave most of it. */
export function sanitize(text: string, sdkKey: string): string {
  const characters = Array.from(redact(text, sdkKey).slice(0, 2 * MAX_SERVER_TEXT_LENGTH + 2));
  return characters.length > MAX_SERVER_TEXT_LENGTH
    ? `${characters.slice(0, MAX_SERVER_TEXT_LENGTH - 1).join("")}…`
    : characters.join("");
}

/**
 * The key as it is, and as an echoed URL or JSON string spells it. One pattern for all: replaced one after the other, they
 * would find a short key in what stands in its place.
 */
function spellingsOf(sdkKey: string): RegExp {
  const spellings = [sdkKey, encodeURIComponent(sdkKey), JSON.stringify(sdkKey).slice(1, -1)];
  return new RegExp(spellings.map((spelling) => spelling.replace(/\W/g, "\\$&")).join("|"), "gi");
}

interface ErrorLike {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/**
 * Says in a line why `fetch` failed. Runtimes hide the reason at different depths: Node as the `cause` of "fetch
 * failed", and where a name has several addresses, as a list of errors without a message of its own.
 *
 * The error itself is not handed on: what a wrapper around `fetch` throws may hold the request's headers, and with them
 * the SDK key.
 */
export function describeCause(error: unknown): string {
  const parts = new Set<string>();
  let current: unknown = error;
  for (let depth = 0; depth < 4 && typeof current === "object" && current !== null; depth++) {
    const { message, code, cause, errors } = current as ErrorLike;
    const text = message || code;
    if (typeof text === "string" && text !== "") parts.add(text);
    current = cause ?? errors?.[0];
  }
  return [...parts].join(": ") || "no reason given";
}

/** Shorter keys are no secrets, and blacking them out would make a riddle of every line. */
const SHORTEST_SECRET = 8;

/** Text on one line, without the SDK key: a server may put anything into a payload, which then is quoted (contract §1). */
export function redactKey(text: string, sdkKey: string): string {
  return sdkKey.length < SHORTEST_SECRET ? text : redact(text, sdkKey);
}

/** An error without the SDK key in what it quotes. */
export function withoutKey<E>(error: E, sdkKey: string): E | PayloadError {
  return error instanceof PayloadError
    ? new PayloadError(error.path, redactKey(error.problem, sdkKey))
    : error;
}
