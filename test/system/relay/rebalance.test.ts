import { describe, expect, it } from "vitest";
import { RelayFixture } from "../../unit/server/relay-fixture.ts";

const CLIENTS = 300;
const STEP_MS = 30_000;
const HALF_AN_HOUR_MS = 30 * 60_000;
/** As docs/relay.md and examples/relay have it. */
const MAX_STREAM_AGE_MS = 20 * 60_000;
const DRAIN_MS = 10_000;

/** Two relays behind a load balancer that asks them in turn, and another one when the first answers 503. */
class Balancer {
  readonly #relays: RelayFixture[] = [];
  #turn = 0;
  /** How often clients connected. */
  connections = 0;

  get streams(): readonly number[] {
    return this.#relays.map(({ relay }) => relay.status.openStreams);
  }

  async start(position: number): Promise<void> {
    this.#relays[position] = await RelayFixture.started({ maxStreamAge: MAX_STREAM_AGE_MS });
  }

  async restart(position: number): Promise<void> {
    const { relay } = this.#relays[position]!;
    const drained = relay.drain(DRAIN_MS);
    await this.advance(DRAIN_MS + 1_000);
    await drained;
    await relay.close();
    await this.start(position);
  }

  /** Follows a stream, and connects anew whenever it ends. */
  async follow(): Promise<void> {
    const response = await this.#ask();
    this.connections++;
    const reader = response.body!.getReader();
    void (async () => {
      while (!(await reader.read()).done);
      await this.follow();
    })();
  }

  async advance(ms: number): Promise<void> {
    await Promise.all(this.#relays.map(({ scheduler }) => scheduler.advance(ms)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#relays.map(({ relay }) => relay.close()));
  }

  async #ask(): Promise<Response> {
    for (;;) {
      const response = await this.#relays[this.#turn++ % this.#relays.length]!.ask("/v1/sdk/stream");
      if (response.status === 200) return response;
    }
  }
}

describe("two relays after a rolling restart", () => {
  it("both carry their share of the streams within half an hour (contract §9, `maxStreamAge`)", async () => {
    const balancer = new Balancer();
    await balancer.start(0);
    await balancer.start(1);
    for (let client = 0; client < CLIENTS; client++) await balancer.follow();
    expect(balancer.streams).toEqual([CLIENTS / 2, CLIENTS / 2]);

    await balancer.restart(0);
    await balancer.restart(1);
    expect(balancer.streams, "all moved to the relay that restarted first").toEqual([CLIENTS, 0]);

    let most = 0;
    for (let elapsed = 0; elapsed < HALF_AN_HOUR_MS; elapsed += STEP_MS) {
      const before = balancer.connections;
      await balancer.advance(STEP_MS);
      most = Math.max(most, balancer.connections - before);
    }
    expect(balancer.streams.reduce((sum, open) => sum + open)).toBe(CLIENTS);
    expect(Math.min(...balancer.streams)).toBeGreaterThan(CLIENTS * 0.4);
    expect(most, "reconnects in one of 60 steps").toBeLessThan(CLIENTS / 10);
    balancer.follow = () => Promise.resolve();
    await balancer.close();
  });
});
