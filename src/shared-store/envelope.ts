import { MAX_CLOCK_SKEW_MS, MAX_ENVELOPE_LINE_LENGTH, MAX_SNAPSHOT_BYTES } from "../contract/limits.ts";
import { kindOf } from "../errors/format.ts";

/** A snapshot as a shared store keeps it (contract §8). */
export interface StoredSnapshot {
  /** When the service was asked for it, or last confirmed it, in ms since the epoch. */
  readonly fetchedAt: number;
  readonly etag: string | undefined;
  /** The snapshot's JSON. */
  readonly body: string;
}

/** Rises when another version could no longer read what this one writes. */
const FORMAT = 1;

/** What a header may carry: with anything else in it no request would get an answer. */
const ETAG = /^[ -~\x80-\xff]{0,1000}$/;

/**
 * Writes the envelope: a line that says what follows, then the snapshot. So the age of a snapshot that is known already is
 * learnt without parsing all of it.
 *
 * @param fingerprint Of the SDK key and base URL it was fetched with.
 * @throws {RangeError} when it is larger than readers take.
 */
export function writeStored({ fetchedAt, etag, body }: StoredSnapshot, fingerprint: string): string {
  return bounded(`${JSON.stringify({ format: FORMAT, fingerprint, fetchedAt, etag })}\n${body}`);
}

/**
 * Reads an envelope, which anybody may have written. An instant a little ahead counts as now: no two clocks are the same.
 *
 * @param now In ms since the epoch.
 * @throws {Error} that says why it is not to be used.
 */
export function readStored(text: unknown, fingerprint: string, now: number): StoredSnapshot {
  if (typeof text !== "string") throw new TypeError(`it is ${kindOf(text)} and no text`);
  const end = bounded(text).slice(0, MAX_ENVELOPE_LINE_LENGTH).indexOf("\n");
  const head = parseHead(text.slice(0, Math.max(end, 0)));
  const { fetchedAt, etag = "" } = head;
  if (
    head.format !== FORMAT || typeof fetchedAt !== "number" || typeof etag !== "string" || !ETAG.test(etag)
  ) {
    throw new Error("it is not what this version of the package writes");
  }
  if (head.fingerprint !== fingerprint) throw new Error("it belongs to another SDK key or base URL");
  if (fetchedAt > now + MAX_CLOCK_SKEW_MS) throw new Error("it is dated in the future");
  return { fetchedAt: Math.min(fetchedAt, now), etag: etag || undefined, body: text.slice(end + 1) };
}

function parseHead(line: string): Readonly<Record<string, unknown>> {
  try {
    return { ...JSON.parse(line) as Record<string, unknown> | null };
  } catch {
    return {};
  }
}

function bounded(text: string): string {
  if (text.length <= MAX_SNAPSHOT_BYTES) return text;
  throw new RangeError(`it is ${text.length} characters long, and ${MAX_SNAPSHOT_BYTES} is the most`);
}

/** Tells environments apart; shorter than a key, so that nothing can be computed back from it. */
const LENGTH_BYTES = 8;

/**
 * Names an SDK key and base URL without telling them (contract §8): the beginning of a SHA-256.
 *
 * @returns 16 hexadecimal digits.
 */
export async function fingerprintOf(sdkKey: string, baseUrl: string): Promise<string> {
  const bytes = new TextEncoder().encode(`featureflip shared store\n${baseUrl}\n${sdkKey}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.subarray(0, LENGTH_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
