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

/** 32 MiB (contract §8), counted in characters. */
const MAX_LENGTH = 32 * 2 ** 20;

/**
 * Writes the envelope: a line that says what follows, then the snapshot. So the age of a snapshot that is known already is
 * learnt without parsing all of it.
 *
 * @param fingerprint Of the SDK key and base URL it was fetched with.
 * @throws {RangeError} when it is larger than readers take.
 */
export function writeStored({ fetchedAt, etag, body }: StoredSnapshot, fingerprint: string): string {
  const text = `${JSON.stringify({ format: FORMAT, fingerprint, fetchedAt, etag })}\n${body}`;
  if (text.length > MAX_LENGTH) throw new RangeError(tooLong(text));
  return text;
}

/**
 * Reads an envelope, which anybody may have written. An instant from the future counts as now.
 *
 * @param now In ms since the epoch.
 * @returns A text that says why it is not to be used.
 */
export function readStored(text: unknown, fingerprint: string, now: number): StoredSnapshot | string {
  if (typeof text !== "string") return `it is a ${typeof text} and no text`;
  if (text.length > MAX_LENGTH) return tooLong(text);
  const end = text.indexOf("\n");
  const head = parseHead(text.slice(0, Math.max(0, end)));
  if (head === undefined) return "it is not what this package writes";
  if (head.format !== FORMAT) return "another version of this package wrote it";
  if (head.fingerprint !== fingerprint) return "it belongs to another SDK key or base URL";
  const { fetchedAt, etag } = head;
  if (typeof fetchedAt !== "number" || !(etag === undefined || typeof etag === "string")) {
    return "it is not what this package writes";
  }
  return { fetchedAt: Math.min(fetchedAt, now), etag, body: text.slice(end + 1) };
}

/** At most as long as a header may be: what is longer was not written by us. */
const MAX_HEAD = 8192;

function parseHead(line: string): Readonly<Record<string, unknown>> | undefined {
  if (line.length > MAX_HEAD) return undefined;
  try {
    const head: unknown = JSON.parse(line);
    return typeof head === "object" && head !== null ? head as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

function tooLong(text: string): string {
  return `it is ${text.length} characters long, and ${MAX_LENGTH} is the most`;
}
