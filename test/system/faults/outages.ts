import type { Answer, Exchange } from "../../support/service-socket.ts";
import type { ManualScheduler } from "../../support/manual-scheduler.ts";
import type { Stage } from "./stage.ts";

/** A fault that everything which is asked of the service meets, for a while. */
export interface Outage {
  readonly name: string;
  /** Brings it about; connections that are open are dealt with as well. */
  strike(stage: Stage): unknown;
  /** Brings the service back to itself. */
  mend(stage: Stage): unknown;
  /** How long after its end the client may need, in ms: the longest wait that the contract allows. */
  readonly within: number;
}

/** What an outage of two minutes may cost: one request every six seconds. */
export const MOST_REQUESTS = 20;

const JSON_TYPE = { "content-type": "application/json" };
const HTML = { "content-type": "text/html" };

/** The longest wait before a connection is tried again (contract §4): polling runs, so attempts are up to 90 s apart, a quarter on top. */
const BACKOFF = 113_000;
/** How long a connection may take to bring its `sync`. */
const SYNC_TIMEOUT = 15_000;
const CONNECT_TIMEOUT = 5_000;
/** The most that is added to a wait that the service asks for. */
const SPREAD = 1.25;

/** Answers every request so, and breaks the connections that are open. */
function answering(name: string, within: number, answer: Answer): Outage {
  return {
    name,
    within,
    strike({ service }) {
      service.answer = answer;
      for (const stream of service.streams) stream.reset();
    },
    mend({ service }) {
      service.answer = (exchange) => exchange.pass();
    },
  };
}

/** Spoils streams; where one is asked for flags it never answers. */
function streaming(name: string, within: number, answer: Answer): Outage {
  return answering(name, within, (exchange) => exchange.isStream ? answer(exchange) : exchange.hold());
}

/** A stream that lives, since a byte comes every so often, and is of no use. */
const SLOW_DRIP: Outage = {
  name: "slow drip of one byte",
  within: SYNC_TIMEOUT + BACKOFF,
  strike({ service, clock }) {
    const drip = dripping(clock, 5_000);
    service.answer = (exchange) => exchange.isStream ? drip(exchange) : exchange.hold();
    for (const stream of service.streams) stream.reset();
  },
  mend({ service }) {
    service.answer = (exchange) => exchange.pass();
  },
};

/** Every fault that lasts. */
export const OUTAGES: readonly Outage[] = [
  {
    name: "connection refused",
    within: BACKOFF,
    strike: ({ service }) => service.refuse(),
    mend: ({ service }) => service.listen(),
  },
  {
    name: "half-open: nothing comes any more",
    within: BACKOFF + CONNECT_TIMEOUT,
    strike({ service }) {
      service.answer = (exchange) => exchange.hold();
      for (const stream of service.streams) stream.mute();
    },
    mend({ service }) {
      service.answer = (exchange) => exchange.pass();
    },
  },
  answering("reset before the headers", BACKOFF, (exchange) => exchange.reset()),
  answering("headers never sent", BACKOFF + CONNECT_TIMEOUT, (exchange) => exchange.hold()),
  streaming("reset in mid-event", BACKOFF, async (exchange) => {
    await exchange.openStream();
    await exchange.write(`event: sync\ndata: {"environment":"e","fl`);
    exchange.reset();
  }),
  streaming("cut off in mid-event", BACKOFF, async (exchange) => {
    await exchange.openStream();
    await exchange.write(`event: sync\ndata: {"environment":"e","fl`);
    exchange.cut();
  }),
  streaming("clean close at once", BACKOFF, async (exchange) => {
    await exchange.openStream();
    exchange.end();
  }),
  streaming("headers, then silence", SYNC_TIMEOUT + BACKOFF, async (exchange) => {
    await exchange.openStream();
    exchange.mute();
  }),
  streaming(
    "pings, and no sync",
    SYNC_TIMEOUT + BACKOFF,
    (exchange) => exchange.pass((event) => event.startsWith("event: ping") ? [event] : []),
  ),
  SLOW_DRIP,
  streaming("malformed JSON in sync", BACKOFF, async (exchange) => {
    await exchange.openStream();
    await exchange.write(`event: sync\ndata: {"flags":[\n\n`);
  }),
  streaming("sync of another shape", BACKOFF, async (exchange) => {
    await exchange.openStream();
    await exchange.write(`event: sync\ndata: {"version":9,"flags":[7],"segments":[]}\n\n`);
  }),
  answering("HTML with 200", BACKOFF, (exchange) => exchange.reply(200, HTML, "<h1>Log in</h1>")),
  answering("403 from a firewall", BACKOFF, (exchange) => exchange.reply(403, HTML, "<h1>Forbidden</h1>")),
  answering("redirect", BACKOFF, (exchange) => exchange.reply(302, { location: "/elsewhere" }, "")),
  answering("503 storm", BACKOFF, (exchange) => exchange.reply(503, JSON_TYPE, `{"title":"down"}`)),
  answering(
    "503 with Retry-After: 60",
    60_000 * SPREAD,
    (exchange) => exchange.reply(503, { "retry-after": "60" }, ""),
  ),
  answering("429", BACKOFF, (exchange) => exchange.reply(429, {}, "")),
  answering(
    "429 with Retry-After: 60",
    60_000 * SPREAD,
    (exchange) => exchange.reply(429, { "retry-after": "60" }, ""),
  ),
  answering("401", 33_000, (exchange) => exchange.reply(401, JSON_TYPE, `{"error":"revoked"}`)),
];

/** Passes a stream on, but only one byte of it every so often. */
function dripping(clock: ManualScheduler, every: number): Answer {
  return (exchange: Exchange) => {
    let rest = "";
    function drip(): void {
      if (rest === "" || !exchange.isOpen) return;
      void exchange.write(rest[0]!);
      rest = rest.slice(1);
      clock.after(every, drip);
    }
    return exchange.pass((event) => {
      const wasDry = rest === "";
      rest += event;
      if (wasDry) drip();
      return [];
    });
  };
}
