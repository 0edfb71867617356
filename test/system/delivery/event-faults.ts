import type { SdkEvent } from "../../../src/contract/wire.ts";
import type { Exchange } from "../../support/service-socket.ts";

/** What happens to one request for `/events`. */
export type Fault =
  /** The connection breaks before the API has seen anything. */
  | "reset"
  /** The API takes the events, and the connection breaks before the client hears of it. */
  | "lost answer"
  /** The API takes the events, and the client waits in vain. */
  | "no answer"
  /** The API sees nothing, and the client is answered like this. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A plug for a `ServiceSocket` that spoils requests for `/events` and counts them. */
export class EventFaults {
  /** What happens to the next requests; nothing by default. */
  fault: Fault | undefined;
  /** The bodies of all requests for `/events` that the API has taken, as they came off the wire. */
  readonly taken: string[] = [];
  /** The events of those requests whose answers the client never saw. */
  readonly unanswered: SdkEvent[] = [];
  /** What has happened to requests so far: `"503"`, `"reset"` and so on. */
  readonly met: Set<string> = new Set();
  /** What `GET /v1/sdk/flags` answers instead of what the API serves. */
  snapshot: unknown;
  /** How many requests for `/events` there were, how many of them are open now, and the most there ever were. */
  requests = 0;
  open = 0;
  mostOpen = 0;
  /** How many of the open ones will never be answered. */
  held = 0;

  readonly answer = async (exchange: Exchange): Promise<void> => {
    if (exchange.path === "/v1/sdk/events") return await this.#answerEvents(exchange);
    if (this.snapshot === undefined || exchange.path !== "/v1/sdk/flags") return void await exchange.pass();
    exchange.reply(200, {}, JSON.stringify(this.snapshot));
  };

  async #answerEvents(exchange: Exchange): Promise<void> {
    const { fault } = this;
    this.requests++;
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    exchange.onEnd(() => this.open--);
    if (fault !== undefined) this.met.add(typeof fault === "string" ? fault : String(fault.status));
    if (fault === undefined) {
      if (await exchange.pass() === 202) this.taken.push(exchange.body);
    } else if (fault === "reset") {
      exchange.reset();
    } else if (typeof fault === "object") {
      exchange.reply(fault.status, fault.headers ?? {}, "{}");
    } else {
      await exchange.passLate(); // taken, and never answered
      this.taken.push(exchange.body);
      this.unanswered.push(...(JSON.parse(exchange.body) as { events: SdkEvent[] }).events);
      if (fault === "lost answer") return exchange.reset();
      this.held++;
      exchange.onEnd(() => this.held--);
    }
  }
}
