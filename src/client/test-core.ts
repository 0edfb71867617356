import { freezeJson } from "../contract/decode.ts";
import type { Flag } from "../contract/flag.ts";
import type { JsonValue } from "../contract/json-value.ts";
import { quote } from "../errors/quote.ts";
import { NO_EVENTS } from "../events/no-events.ts";
import type { EventProcessor } from "../events/event-processor.ts";
import type { Logger } from "../runtime/logger.ts";
import { FlagSet } from "../store/flag-set.ts";
import { changedKeys } from "../store/changed-keys.ts";
import type { ClientStatus } from "./client-status.ts";
import type { Core } from "./core.ts";
import { createNews } from "./news.ts";
import type { IsNews } from "./news.ts";
import { ShareSet } from "./share-set.ts";
import type { Share, Ticket } from "./share.ts";

/** The core of a test client: values in memory; no network, no timer, no event. */
export class TestCore implements Core {
  readonly events: EventProcessor = NO_EVENTS;
  readonly defaultContext = undefined;
  readonly isNews: IsNews = createNews();
  flags: FlagSet;
  readonly #shares = new ShareSet();
  readonly #logger: Logger = this.#shares.logger;

  constructor(values: Readonly<Record<string, unknown>>) {
    const flags = Object.entries(values).map(([key, value]) => testFlag(key, value));
    const warn = (message: string): void => this.#logger.warn(message);
    this.flags = FlagSet.of({ environment: "test", version: 1, flags, segments: [] }, warn);
  }

  get status(): ClientStatus {
    return Object.freeze({
      state: "READY",
      mode: "test",
      source: "test",
      version: this.flags.version,
      age: 0,
      requestsInLastMinute: 0,
      events: this.events.counters,
    });
  }

  /** Sets what a flag serves to everybody from now on. */
  setValue(key: string, value: unknown): void {
    const before = this.flags;
    this.flags = before.with(testFlag(key, value));
    const keys = changedKeys(before, this.flags);
    if (keys.length > 0) this.#shares.notify("update", Object.freeze(keys));
  }

  now(): number {
    return Date.now();
  }

  attach(share: Share): Ticket {
    return this.#shares.add(share);
  }

  listenersChanged(share: Share): void {
    this.#shares.listenersChanged(share);
  }

  release(ticket: Ticket): Promise<void> {
    this.#shares.delete(ticket);
    return Promise.resolve();
  }

  drop(ticket: Ticket): void {
    this.#shares.delete(ticket);
  }

  waitForInitialization(): Promise<void> {
    return Promise.resolve();
  }

  /** There is nothing to fetch, which code under test need not know. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }
}

/** A flag that serves one value, whoever asks. */
function testFlag(key: string, value: unknown): Flag {
  return {
    key,
    version: 1,
    type: "Json",
    enabled: true,
    variations: [{ key: "test", value: copyJson(key, value) }],
    rules: [],
    fallthrough: { type: "Fixed", variation: "test" },
    offVariation: "test",
    prerequisites: [],
  };
}

function copyJson(key: string, value: unknown): JsonValue {
  // Infinite numbers and `NaN` would become `null`, and with it the caller's default.
  const isJson = typeof value !== "number" || Number.isFinite(value);
  const text = isJson ? JSON.stringify(value) : undefined;
  if (text === undefined) throw new TypeError(`The test value of flag ${quote(key)} must be JSON`);
  return freezeJson(JSON.parse(text));
}
