import { MAX_CLOCK_SKEW_MS, MAX_ENVELOPE_LINE_LENGTH, MAX_SNAPSHOT_BYTES } from "../contract/limits.ts";
import { kindOf } from "../errors/format.ts";

/** A snapshot with its origin, as it is kept in a shared store (contract §8). */
export interface StoredSnapshot {
  /** When the service was asked for it, or last confirmed it, in ms since the epoch. */
  readonly fetchedAt: number;
  readonly etag: string | undefined;
  /** The snapshot's JSON. */
  readonly body: string;
}

/** A stored snapshot whose first line has been read; its body is worth nothing before {@linkcode Envelopes.verify}. */
export interface UnverifiedSnapshot extends StoredSnapshot {
  /** The first line as it is stored: equal lines need no second check. */
  readonly line: string;
  /** The first line without the MAC. */
  readonly signedLine: string;
  readonly mac: Uint8Array<ArrayBuffer>;
}

/** Changes when older versions can't read what this one writes, and with the algorithm: there is no field for that. */
const FORMAT = 2;

/** The characters allowed in a header. With others, no request with this ETag would succeed. */
const ETAG = /^[ -~\x80-\xff]{0,1000}$/;

/** The first line ends with the MAC: 32 bytes in base64url. */
const SIGNED_LINE = /^(\{.*),"mac":"([\w-]{43})"\}$/;

const FINGERPRINT_BYTES = 8;

/**
 * Writes and checks the envelopes of one SDK key and base URL (contract §8). The MAC covers the body and every field of the
 * first line, so that a writer without the key can change neither a flag nor a date.
 */
export class Envelopes {
  /** Names the key and base URL without revealing them: 16 hexadecimal digits. */
  readonly fingerprint: string;
  readonly #baseUrl: string;
  readonly #key: CryptoKey;

  private constructor(fingerprint: string, baseUrl: string, key: CryptoKey) {
    this.fingerprint = fingerprint;
    this.#baseUrl = baseUrl;
    this.#key = key;
  }

  /** Derives the keys. Needs `crypto.subtle`. */
  static async create(sdkKey: string, baseUrl: string): Promise<Envelopes> {
    const { subtle } = crypto;
    const digest = await subtle.digest("SHA-256", encode(`featureflip shared store\n${baseUrl}\n${sdkKey}`));
    const secret = await subtle.importKey("raw", encode(sdkKey), "HKDF", false, ["deriveKey"]);
    const key = await subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encode("store") },
      secret,
      { name: "HMAC", hash: "SHA-256", length: 256 },
      false,
      ["sign", "verify"],
    );
    return new Envelopes(toHex(new Uint8Array(digest, 0, FINGERPRINT_BYTES)), baseUrl, key);
  }

  /**
   * Writes an envelope: one line that describes the snapshot, then the snapshot.
   *
   * @throws {RangeError} when it is larger than readers accept.
   */
  async seal({ fetchedAt, etag, body }: StoredSnapshot): Promise<string> {
    checkLength(body.length);
    const signedLine = JSON.stringify({ format: FORMAT, fingerprint: this.fingerprint, fetchedAt, etag });
    const signed = this.#signedBytes(signedLine, body);
    const mac = toBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", this.#key, signed)));
    return `${signedLine.slice(0, -1)},"mac":"${mac}"}\n${body}`;
  }

  /**
   * Reads the first line of an envelope, which anybody may have written. A date a little ahead counts as now: clocks differ.
   *
   * @param now In ms since the epoch.
   * @throws {Error} that says why the envelope is refused.
   */
  open(text: unknown, now: number): UnverifiedSnapshot {
    if (typeof text !== "string") throw new TypeError(`it is ${kindOf(text)}, not a string`);
    checkLength(text.length - MAX_ENVELOPE_LINE_LENGTH);
    const line = firstLineOf(text);
    const { format, fingerprint, fetchedAt, etag = "" } = parseLine(line);
    const [, signedFields, mac] = SIGNED_LINE.exec(line) ?? [];
    if (
      format !== FORMAT || typeof fetchedAt !== "number" || typeof etag !== "string" || !ETAG.test(etag) ||
      signedFields === undefined || mac === undefined
    ) {
      throw new Error("it was not written by this version of the package");
    }
    if (fingerprint !== this.fingerprint) throw new Error("it belongs to another SDK key or base URL");
    if (fetchedAt > now + MAX_CLOCK_SKEW_MS) throw new FutureDateError();
    return {
      line,
      signedLine: `${signedFields}}`,
      mac: fromBase64Url(mac),
      fetchedAt: Math.min(fetchedAt, now),
      etag: etag || undefined,
      body: text.slice(line.length + 1),
    };
  }

  /** Checks the MAC. Nothing of an envelope is used before. */
  async verify({ signedLine, mac, body }: UnverifiedSnapshot): Promise<boolean> {
    return await crypto.subtle.verify("HMAC", this.#key, mac, this.#signedBytes(signedLine, body));
  }

  #signedBytes(line: string, body: string): Uint8Array<ArrayBuffer> {
    const bytes = encode(`featureflip-store-${FORMAT}\n${this.#baseUrl}\n${line}\n${body}`);
    checkLength(bytes.length - MAX_ENVELOPE_LINE_LENGTH);
    return bytes;
  }
}

/** A stored date too far ahead. It may pass a later check: clocks are set right. */
export class FutureDateError extends Error {
  constructor() {
    super("it is dated in the future");
  }
}

function firstLineOf(text: string): string {
  const end = text.slice(0, MAX_ENVELOPE_LINE_LENGTH + 1).indexOf("\n");
  return text.slice(0, Math.max(end, 0));
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    return { ...JSON.parse(line) as Record<string, unknown> | null };
  } catch {
    return {};
  }
}

/** Takes characters and bytes alike: there are at least as many bytes as characters. */
function checkLength(length: number): void {
  if (length <= MAX_SNAPSHOT_BYTES) return;
  throw new RangeError(`it is larger than ${MAX_SNAPSHOT_BYTES} bytes`);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
