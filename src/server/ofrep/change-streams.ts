import { HOUR_MS } from "../../contract/limits.ts";
import type { CancelTimer, Scheduler } from "../../runtime/scheduler.ts";

/** The time between comments that keep a connection open, in ms. */
const PING_INTERVAL_MS = 30_000;

/** How many bytes may wait for one reader: a few notifications. */
const MAX_BACKLOG_BYTES = 4_096;

/** How long a token is valid, from the hour in which it was issued. */
const LIFETIME_MS: number = 24 * HOUR_MS;

/** How many tokens are remembered. With `origins: "*"` any caller names an origin. */
const MAX_ISSUED = 100;

/** `<expiry>.<fingerprint>.<MAC>` */
const TOKEN = /^([1-9]\d{0,14})\.([0-9a-f]{0,32})\.([\w-]{43})$/;

const encoder = new TextEncoder();

/** Options of {@linkcode ChangeStreams}. */
export interface StreamOptions {
  readonly scheduler: Scheduler;
  readonly maxStreams: number;
}

/** The open event streams of one endpoint. They tell that flags changed, never what they are (ADR 8 of the protocol). */
export class ChangeStreams {
  readonly #options: StreamOptions;
  readonly #streams = new Set<Stream>();
  #cancelPing: CancelTimer | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Whether no further stream may be opened. */
  get isFull(): boolean {
    return this.size >= this.#options.maxStreams;
  }

  /**
   * Opens a stream that ends when its token expires.
   *
   * @param tag Identifies the flags now.
   * @param lastSeen The tag that the reader saw last; one that saw another, or none, is notified at once.
   */
  open(tag: string, lastSeen: string | null, expiresAt: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    let stream: Stream;
    this.#cancelPing ??= this.#schedulePing();
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        stream = { controller, expiresAt };
        this.#streams.add(stream);
        controller.enqueue(lastSeen === tag ? encoder.encode(": ok\n\n") : this.#notification(tag));
      },
      cancel: () => this.#remove(stream),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_BACKLOG_BYTES }));
  }

  /** Tells all readers that the flags changed. */
  notify(tag: string): void {
    this.#write(this.#notification(tag));
  }

  /** Ends all streams and stops the timer. */
  close(): void {
    for (const stream of this.#streams) this.#end(stream);
  }

  #notification(tag: string): Uint8Array<ArrayBuffer> {
    const lastModified = Math.floor(this.#options.scheduler.now() / 1_000);
    const data = JSON.stringify({ type: "refetchEvaluation", etag: tag, lastModified });
    return encoder.encode(`id: ${tag}\nevent: message\ndata: ${data}\n\n`);
  }

  #write(bytes: Uint8Array<ArrayBuffer>): void {
    for (const stream of this.#streams) {
      // A reader that is too slow reconnects, and is notified then.
      if ((stream.controller.desiredSize ?? 0) >= bytes.byteLength) stream.controller.enqueue(bytes);
      else this.#end(stream);
    }
  }

  #end(stream: Stream): void {
    this.#remove(stream);
    stream.controller.close();
  }

  #remove(stream: Stream): void {
    if (!this.#streams.delete(stream) || this.#streams.size > 0) return;
    this.#cancelPing?.();
    this.#cancelPing = undefined;
  }

  #schedulePing(): CancelTimer {
    const { scheduler } = this.#options;
    return scheduler.after(PING_INTERVAL_MS, () => {
      this.#cancelPing = this.#schedulePing();
      for (const stream of this.#streams) if (stream.expiresAt <= scheduler.now()) this.#end(stream);
      this.#write(encoder.encode(": ping\n\n"));
    });
  }
}

/** Signs what leaves an endpoint and comes back, with a key that is derived from the SDK key (contract §9). */
export class Signer {
  readonly #sdkKey: string | undefined;
  /** The secret of an endpoint without an SDK key. */
  #random: string | undefined;
  #key: CryptoKey | undefined;

  /** @param sdkKey Test and offline clients have none: there is one instance only, and a random secret will do. */
  constructor(sdkKey: string | undefined) {
    this.#sdkKey = sdkKey;
  }

  /** The HMAC-SHA-256 of a text. */
  async sign(text: string): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.sign("HMAC", await this.#getKey(), encoder.encode(text)));
  }

  /** Whether a MAC is that of a text. */
  async verify(mac: Uint8Array<ArrayBuffer>, text: string): Promise<boolean> {
    return await crypto.subtle.verify("HMAC", await this.#getKey(), mac, encoder.encode(text));
  }

  async #getKey(): Promise<CryptoKey> {
    // A Worker's global scope has no random numbers, and requests share no promise (contract §6.1).
    this.#random ??= this.#sdkKey ?? crypto.randomUUID();
    return this.#key ??= await deriveKey(this.#random);
  }
}

/**
 * Tokens for event streams: `EventSource` sends no headers, and a key must not be in a URL. A token opens the notifications
 * and nothing else, on every instance that has the SDK key (contract §9).
 */
export class StreamTokens {
  readonly #signer: Signer;
  /** The tokens that were issued last, by what they sign: a signature costs as much as hundreds of evaluations. */
  readonly #issued = new Map<string, string>();

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /**
   * Issues a token. Within an hour it is the same, so that a page that fetches its flags again keeps its stream.
   *
   * @param caller The fingerprint of the client key.
   * @param origin The origin of the page; empty for the endpoint's own.
   */
  async issue(caller: string, origin: string, now: number): Promise<string> {
    const expiresAt = Math.floor(now / HOUR_MS) * HOUR_MS + LIFETIME_MS;
    const text = signed(expiresAt, caller, origin);
    let token = this.#issued.get(text);
    if (token === undefined) {
      const base64 = btoa(String.fromCharCode(...await this.#signer.sign(text)));
      token = `${expiresAt}.${caller}.${base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
      if (this.#issued.size >= MAX_ISSUED) this.#issued.clear();
      this.#issued.set(text, token);
    }
    return token;
  }

  /** Returns whose token it is and when it expires; `undefined` for a forged, an expired or another page's one. */
  async verify(
    token: string,
    origin: string,
    now: number,
  ): Promise<{ readonly caller: string; readonly expiresAt: number } | undefined> {
    const [, expiry, caller = "", mac = ""] = TOKEN.exec(token) ?? [];
    const expiresAt = Number(expiry);
    if (!(expiresAt > now)) return undefined;
    const bytes = Uint8Array.from(
      atob(mac.replaceAll("-", "+").replaceAll("_", "/")),
      (character) => character.charCodeAt(0),
    );
    const isGenuine = await this.#signer.verify(bytes, signed(expiresAt, caller, origin));
    return isGenuine ? { caller, expiresAt } : undefined;
  }
}

/** One open stream: its reader, and when its token expires. */
interface Stream {
  readonly controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** In ms since the epoch. */
  readonly expiresAt: number;
}

/** Derives the key from an SDK key: HKDF, then HMAC-SHA-256 (contract §9). */
async function deriveKey(sdkKey: string): Promise<CryptoKey> {
  const { subtle } = crypto;
  const secret = await subtle.importKey("raw", encoder.encode(sdkKey), "HKDF", false, ["deriveKey"]);
  return await subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encoder.encode("ofrep-stream") },
    secret,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign", "verify"],
  );
}

function signed(expiresAt: number, caller: string, origin: string): string {
  return `ofrep-stream\n${expiresAt}\n${caller}\n${origin}`;
}
