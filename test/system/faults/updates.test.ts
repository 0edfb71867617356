import { describe, expect, it } from "vitest";
import type { Answer, Exchange } from "../../support/service-socket.ts";
import { wireSegment } from "../../support/wire.ts";
import { createReport } from "./report.ts";
import { flagOf, Stage } from "./stage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("FeatureflipClient that fetches what the stream has only named (contract §4)", () => {
  const report = createReport("updates");

  it("retries a flag whose GET fails three times, until it has it", async () => {
    await Stage.play(async (stage) => {
      let failures = 3;
      stage.service.answer = (exchange) => {
        if (exchange.isStream) return exchange.pass(namesOnly);
        if (failures-- > 0) return exchange.reply(503, {}, "");
        return exchange.pass();
      };
      await stage.openReady();
      stage.edit("v2");
      const meanwhile = [...stage.served];
      // Gathered, then 1, 2 and 4 s of back-off at the most.
      const recovered = await stage.serves("v2", 7_250);
      const { requests, clock } = stage;
      expect(requests.slice(1)).toEqual(Array(4).fill("/v1/sdk/flags/tier"));
      await clock.advance(5 * MINUTE);
      expect(requests).toHaveLength(5);
      report({ fault: "a GET that fails three times", served: meanwhile, recovered, cost: 4 });
    });
  });

  it("fetches a hundred flags that were only named by one GET", async () => {
    await Stage.play(async (stage) => {
      const { api, service, requests, clock } = stage;
      service.answer = (exchange) => exchange.pass(namesOnly);
      await stage.openReady();
      for (let n = 0; n < 100; n++) api.putFlag({ ...flagOf("new"), key: `flag-${n}` });
      stage.edit("v2");
      const meanwhile = [...stage.served];
      const recovered = await stage.serves("v2", 250);
      await clock.advance(MINUTE);
      expect(requests.slice(1)).toEqual(["/v1/sdk/flags"]);
      expect(Object.keys(stage.client.allFlags({}))).toHaveLength(101);
      report({ fault: "a hundred flags only named", served: meanwhile, recovered, cost: 1 });
    });
  });

  it("spends one GET on a burst of changed segments", async () => {
    await Stage.play(async (stage) => {
      const { api, service, requests, clock } = stage;
      service.answer = (exchange) => exchange.pass(segmentsNamed);
      await stage.openReady();
      for (let n = 0; n < 20; n++) {
        api.putSegment({ ...wireSegment("pro-users"), conditionLogic: n % 2 ? "And" : "Or" });
      }
      await clock.advance(MINUTE);
      expect(requests.slice(1)).toEqual(["/v1/sdk/flags"]);
      report({ fault: "twenty changes of a segment", served: stage.served, recovered: 250, cost: 1 });
    });
  });

  it("keeps what the stream brought while everything was fetched", async () => {
    await Stage.play(async (stage) => {
      const { api, service, requests, clock } = stage;
      api.putFlag({ ...flagOf("doomed"), key: "doomed" });
      service.answer = (exchange) => exchange.pass(segmentsNamed);
      await stage.openReady({ connectTimeout: MINUTE });
      const late = holdAnswers(stage, (exchange) => exchange.pass(segmentsNamed));
      api.putSegment(wireSegment("pro-users"));
      await clock.advanceUntil(() => late.length === 1, 250);

      stage.edit("v2");
      api.deleteFlag("doomed");
      expect(await stage.serves("v2", 1000)).toBe(0);
      service.answer = (exchange) => exchange.pass();
      late[0]!(); // It was made before the edit.
      await clock.advance(MINUTE);
      expect([...stage.served]).toEqual(["v1", "v2"]);
      expect(stage.value, "what is served in the end").toBe("v2");
      expect(stage.client.variationDetail("doomed", {}, "").reason).toBe("FLAG_NOT_FOUND");
      expect(requests.slice(1)).toEqual(["/v1/sdk/flags"]);
      report({ fault: "an edit, a deletion during a refetch", served: stage.served, recovered: 0, cost: 1 });
    });
  });
});

describe("FeatureflipClient that polls beside a stream that fails (contract §4, fallback)", () => {
  const report = createReport("only the stream fails");

  const noStream: readonly (readonly [name: string, answer: (exchange: Exchange) => unknown])[] = [
    ["503", (exchange) => exchange.reply(503, {}, "")],
    ["headers never sent", (exchange) => exchange.hold()],
    ["HTML with 200", (exchange) => exchange.reply(200, { "content-type": "text/html" }, "<h1>No</h1>")],
    ["clean close at once", async (exchange) => {
      await exchange.openStream();
      exchange.end();
    }],
  ];

  it.each(noStream)("keeps flags moving, until the stream is back: %s", async (name, answer) => {
    await Stage.play(async (stage) => {
      const { service, clock, requests, client } = await running(stage);
      const before = requests.length;
      service.answer = (exchange) => exchange.isStream ? answer(exchange) : exchange.pass();
      for (const stream of service.streams) stream.reset();
      stage.edit("v2");
      const meanwhile = [...stage.served];
      // Five failures with their waits, 1 + 2 + 4 + 8 s and as many time-outs at the most; then it polls within 10 s.
      const recovered = await stage.serves("v2", 16_000 + 5 * 5_000 + 10_000);
      const cost = requests.length - before;
      expect(client.status.mode).toBe("polling");
      stage.edit("v3");
      await stage.serves("v3", 33_000);

      service.answer = (exchange) => exchange.pass();
      await clock.advanceUntil(() => client.status.mode === "streaming", 118_000);
      const then = requests.length;
      await clock.advance(5 * MINUTE);
      expect(requests.length - then, "requests of a healthy stream").toBe(0);
      report({ fault: name, served: meanwhile, recovered, cost });
    });
  });

  it("drops the answer of a poll that comes after the stream is back", async () => {
    await Stage.play(async (stage) => {
      const { service, clock, requests, client } = await running(stage, MINUTE);
      const late = holdAnswers(stage, (exchange) => exchange.reply(503, {}, ""));
      for (const stream of service.streams) stream.reset();
      await clock.advanceUntil(() => late.length === 1, MINUTE);
      stage.edit("v2");
      service.answer = (exchange) => exchange.pass();
      const recovered = await stage.serves("v2", 114_000);
      late[0]!();
      await clock.advance(5 * MINUTE);
      expect([...stage.served]).toEqual(["v1", "v2"]);
      expect(stage.value, "what is served in the end").toBe("v2");
      expect(client.status.mode).toBe("streaming");
      report({
        fault: "a poller that answers late",
        served: stage.served,
        recovered,
        cost: requests.length - 1,
      });
    });
  });
});

describe("FeatureflipClient whose clock is set (contract §4, liveness)", () => {
  const report = createReport("clock jumps");

  it.each([["on", HOUR], ["back", -HOUR]])(
    "notices a dead stream when an hour passes by the wall clock alone: %s",
    async (name, jump) => {
      await Stage.play(async (stage) => {
        const { service, clock, requests, client } = await running(stage);
        for (const stream of service.streams) stream.mute();
        stage.edit("v2");
        clock.jump(jump);
        const { state } = client.status;
        expect(state).toBe(jump > 0 ? "STALE" : "READY");
        const meanwhile = [...stage.served];
        // On: the first timer that fires tells. Back: the wall clock is no help, so twice the 90 s by the timers' own.
        const recovered = await stage.serves("v2", (jump > 0 ? 15_000 : 180_000) + 1_000);
        expect(client.status.state).toBe("READY");
        report({
          fault: `${name}, while the stream is half-open`,
          served: meanwhile,
          recovered,
          cost: requests.length - 1,
        });
      });
    },
  );

  it("says that flags are stale in an outage in which the clock was set back by an hour (contract §6.2)", async () => {
    await Stage.play(async (stage) => {
      const { service, clock, client } = await running(stage);
      await service.refuse();
      clock.jump(-HOUR);
      await clock.advance(2 * MINUTE);
      expect(client.status.state).toBe("STALE");
    });
  });

  it.each([["on", HOUR], ["back", -HOUR]])(
    "goes on as ever with a stream that lives: %s",
    async (name, jump) => {
      await Stage.play(async (stage) => {
        const { clock, requests, client } = await running(stage);
        const before = requests.length;
        clock.jump(jump);
        stage.edit("v2");
        const meanwhile = [...stage.served];
        const recovered = await stage.serves("v2", 2_000);
        await clock.advance(5 * MINUTE);
        expect(client.status.state).toBe("READY");
        // What comes after an hour of silence may follow on updates that were lost: one connection settles it.
        expect(requests.length - before).toBeLessThanOrEqual(jump > 0 ? 1 : 0);
        report({
          fault: `${name}, while the stream lives`,
          served: meanwhile,
          recovered,
          cost: requests.length - before,
        });
      });
    },
  );

  it.each([["on", HOUR], ["back", -HOUR]])("polls on: %s", async (name, jump) => {
    await Stage.play(async (stage) => {
      const { clock, requests } = stage;
      await stage.openReady({ mode: "polling" });
      clock.jump(jump);
      stage.edit("v2");
      const meanwhile = [...stage.served];
      const recovered = await stage.serves("v2", 33_000);
      await clock.advance(5 * MINUTE);
      expect(requests.length).toBeGreaterThan(9);
      expect(requests.length).toBeLessThan(13);
      expect(stage.client.status.state).toBe("READY");
      report({ fault: `${name}, while polling`, served: meanwhile, recovered, cost: 1 });
    });
  });

  it.each([["on", HOUR], ["back", -HOUR]])("gets past a 429 and a back-off: %s", async (name, jump) => {
    await Stage.play(async (stage) => {
      const { service, clock, requests } = await running(stage);
      service.answer = (exchange) => exchange.reply(429, { "retry-after": "300" }, "");
      for (const stream of service.streams) stream.reset();
      stage.edit("v2");
      await clock.advance(MINUTE);
      service.answer = (exchange) => exchange.pass();
      clock.jump(jump);
      const meanwhile = [...stage.served];
      const recovered = await stage.serves("v2", 300_000 * 1.25 + 16_000);
      report({
        fault: `${name}, within a 429's wait`,
        served: meanwhile,
        recovered,
        cost: requests.length - 1,
      });
    });
  });
});

/** A stage whose client has been streaming for a minute. */
async function running(stage: Stage, connectTimeout = 5_000): Promise<Stage> {
  await stage.openReady({ connectTimeout });
  await stage.clock.advance(MINUTE);
  expect([...stage.served]).toEqual(["v1"]);
  return stage;
}

/** Has the API answer every GET at once, and keeps the answers back; each function that is gathered sends one. */
function holdAnswers({ service }: Stage, onStream: Answer = (exchange) => exchange.pass()): (() => void)[] {
  const late: (() => void)[] = [];
  service.answer = async (exchange) => {
    if (exchange.isStream) await onStream(exchange);
    else late.push(await exchange.passLate());
  };
  return late;
}

/** The event, its segment only named. */
function segmentsNamed(event: string): string[] {
  const [, head, json] = /^(event: segment\.\w+\ndata: )(.*)\n\n$/.exec(event) ?? [];
  if (head === undefined) return [event];
  const { key, version } = JSON.parse(json!) as { readonly key: string; readonly version: number };
  return [`${head}${JSON.stringify({ key, version })}\n\n`];
}

/** The event, its flag only named. */
function namesOnly(event: string): string[] {
  const [, head, json] = /^(event: flag\.\w+\ndata: )(.*)\n\n$/.exec(event) ?? [];
  if (head === undefined) return [event];
  const { key, version } = JSON.parse(json!) as { readonly key: string; readonly version: number };
  return [`${head}${JSON.stringify({ key, version })}\n\n`];
}
