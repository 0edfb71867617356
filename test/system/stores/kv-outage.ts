import type { EvaluationApi, WireFlag } from "@featureflip/sdk/server";
import { expectEqual, expectTrue } from "../../runtime/expect.ts";
import { until } from "../../runtime/until.ts";
import type { StoreCase } from "../../support/suites/shared-store.ts";

/** What KV does: as it should, or nothing, or nothing forever. */
export type KvMood = "well" | "failing" | "hanging";

/** What one request to the Worker is answered. */
export interface OutageAnswer {
  /** The flag's value; `"default"` without flags. */
  readonly value: string;
  readonly storeError: string | undefined;
  /** How long the flags were waited for, in ms. */
  readonly took: number;
}

/** A Worker with flags in KV, whose KV can be made to fail. */
export interface OutageWorker {
  /** The service. */
  readonly api: Pick<EvaluationApi, "patchFlag">;
  /** One request, `later` ms after the one before by the Worker's clock, to the client with this SDK key. */
  ask(sdkKey: string, kv: KvMood, later?: number): Promise<OutageAnswer>;
  /** What KV has for this key. */
  read(sdkKey: string): Promise<string>;
}

/** The flag that tells what is current. */
export const FLAG: WireFlag = {
  key: "a",
  type: "String",
  enabled: true,
  variations: ["one", "two", "three"].map((key) => ({ key, value: key })),
  fallthrough: { type: "Fixed", variation: "one" },
  offVariation: "one",
};

/** Longer than `maxAge`, and than a store that failed is skipped. */
const LATER = 60_000;

/** So long after KV was last written that every reader asks the service. */
const MUCH_LATER = 20 * LATER;

/** How long a load that began may take, in ms of real time. */
const LOAD_MS = 4_000;

/** KV that fails in mid-run costs freshness, and nothing else (contract §8). */
export function kvOutageCases({ api, ask, read }: OutageWorker): StoreCase[] {
  const serve = (variation: string): void => {
    api.patchFlag("a", { fallthrough: { type: "Fixed", variation } });
  };

  /**
   * Moves the Worker's clock and asks until the answer is right. The clock moves again only when each load has ended: a load
   * counts its deadline by that clock, and fails when the clock passes it.
   */
  async function untilAnswered(
    key: string,
    kv: KvMood,
    later: number,
    isRight: (answer: OutageAnswer) => boolean,
    what: string,
  ): Promise<void> {
    for (let round = 0; round < 15; round++) {
      const end = Date.now() + LOAD_MS;
      for (let move = later; Date.now() < end; move = 0) {
        const answer = await ask(key, kv, move);
        expectTrue(answer.value !== "default", `it served the default, and said ${answer.storeError}`);
        if (isRight(answer)) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    throw new Error(`still not so after ${15 * LOAD_MS} ms: ${what}`);
  }

  const cases = (["failing", "hanging"] as const).map((mood): StoreCase => ({
    name: `a Worker serves flags before, while and after KV is ${mood}, and the status says so`,
    async run() {
      const key = `sdk-${mood}`;
      serve("one");
      expectEqual((await ask(key, "well")).value, "one", "before");
      await until(async () => servedBy(await read(key)) === "one", "KV has them");

      serve("two");
      await untilAnswered(
        key,
        mood,
        LATER,
        ({ value, storeError }) => value === "two" && storeError !== undefined,
        "fresh flags, by the service alone",
      );

      serve("three");
      await untilAnswered(
        key,
        "well",
        MUCH_LATER,
        ({ value, storeError }) => {
          expectTrue(value !== "one", "it served what KV had, which is older");
          return value === "three" && storeError === undefined;
        },
        "KV is used again",
      );
      await until(async () => servedBy(await read(key)) === "three", "KV has what is new");
    },
  }));
  return [...cases, {
    name: "a Worker that starts while KV hangs is served by the service, within its deadline",
    async run() {
      serve("one");
      const { value, storeError, took } = await ask("sdk-cold", "hanging");
      expectEqual(value, "one", "value");
      expectTrue(storeError !== undefined, "the status does not say that KV is down");
      expectTrue(took < 3000, `it took ${took} ms`);
    },
  }];
}

/** What the flag of a stored snapshot serves, below the line that says what it is. */
function servedBy(text: string): string | null | undefined {
  const body = text.split("\n")[1];
  if (body === undefined) return undefined;
  const { flags } = JSON.parse(body) as { readonly flags: readonly WireFlag[] };
  return flags[0]?.fallthrough.variation;
}
