import type { User } from "../environment.ts";
import { Floor } from "../floor/floor.ts";
import type { WireSnapshot } from "../wire.ts";
import type { Contender, Evaluator, EventEvaluator, Updatable } from "./contender.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** What the machine allows: see floor/floor.ts. */
export const floor: Contender = {
  name: "floor",
  hashesAlike: true,
  start(snapshot: WireSnapshot): Evaluator {
    return evaluator(new Floor(snapshot));
  },

  startEvents(_mode, baseUrl, snapshot): Promise<EventEvaluator> {
    const flags = new Floor(snapshot);
    let events: string[] = [];
    return Promise.resolve({
      evaluator: {
        ...evaluator(flags),
        evaluate(key, context, fallback): unknown {
          const served = flags.served(key, context as Attributes);
          const userId = JSON.stringify(
            String((context as Attributes).user_id),
          );
          const timestamp = new Date().toISOString();
          events.push(
            `{"type":"Evaluation","flagKey":${JSON.stringify(key)},"userId":${userId},` +
              `"variation":${JSON.stringify(served?.key)},"timestamp":"${timestamp}"}`,
          );
          return typeof served?.value === typeof fallback ? served!.value : fallback;
        },
      },
      async flush(): Promise<void> {
        const body = `{"events":[${events.join(",")}]}`;
        events = [];
        const response = await fetch(`${baseUrl}/v1/sdk/events`, {
          method: "POST",
          headers: {
            authorization: "sdk-bench-floor",
            "content-type": "application/json",
          },
          body,
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`The API answers ${response.status}`);
      },
    });
  },

  startUpdates(snapshot): Updatable {
    let body = "";
    let flags = new Floor(snapshot);
    const transport = (): Promise<Response> => Promise.resolve(new Response(body));
    return {
      evaluator: {
        toContext,
        evaluate: (key, context, fallback) => flags.variation(key, context as Attributes, fallback),
      },
      toText: JSON.stringify,
      async apply(text): Promise<void> {
        body = text;
        flags = new Floor(
          JSON.parse(await (await transport()).text()) as WireSnapshot,
        );
      },
    };
  },
};

/** `JSON.parse` alone, by the same transport: what a new snapshot costs before anybody looks at it. */
export const jsonParse: Contender = {
  name: "JSON.parse",
  hashesAlike: true,
  cannot: { all: "it evaluates nothing" },
  start(): never {
    throw new Error("It evaluates nothing");
  },
  startUpdates(): Updatable {
    let body = "";
    let kept: unknown;
    const transport = (): Promise<Response> => Promise.resolve(new Response(body));
    return {
      toText: JSON.stringify,
      async apply(text): Promise<void> {
        body = text;
        kept = JSON.parse(await (await transport()).text());
        if (kept === null) throw new Error("There is no snapshot");
      },
    };
  },
};

function toContext(
  { user_id, plan, country, email, age, appVersion }: User,
): Attributes {
  return { user_id, plan, country, email, age, appVersion };
}

function evaluator(flags: Floor): Evaluator {
  return {
    toContext,
    evaluate: (key, context, fallback) => flags.variation(key, context as Attributes, fallback),
    allFlags: (context) => flags.allFlags(context as Attributes),
  };
}
