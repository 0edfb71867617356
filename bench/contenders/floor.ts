import { Floor } from "../floor/floor.ts";
import type { WireSnapshot } from "../wire.ts";
import type { Contender, Evaluator, EventEvaluator, Updatable } from "./contender.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** The floor: see floor/floor.ts. */
export const contender: Contender = {
  name: "floor",
  hashesAlike: true,
  toText: JSON.stringify,
  start: (text): Evaluator => evaluator(compile(text)),

  startEvents(_mode, baseUrl, text): Promise<EventEvaluator> {
    const flags = compile(text);
    let events: string[] = [];
    return Promise.resolve({
      evaluator: {
        ...evaluator(flags),
        evaluate(key, context, fallback): unknown {
          const served = flags.served(key, context as Attributes);
          const userId = JSON.stringify(String((context as Attributes).user_id));
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
          headers: { authorization: "sdk-bench-floor", "content-type": "application/json" },
          body,
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`The API answers ${response.status}`);
      },
    });
  },

  startUpdates(text): Updatable {
    let flags = compile(text);
    return {
      evaluator: {
        ...evaluator(flags),
        evaluate: (key, context, fallback) => flags.variation(key, context as Attributes, fallback),
      },
      async apply(text): Promise<void> {
        flags = compile(await (await transport(text)).text());
      },
    };
  },
};

/** `JSON.parse` alone, through the same transport: the minimal cost of a new snapshot. */
export const jsonParse: Contender = {
  name: "JSON.parse",
  hashesAlike: true,
  cannot: { all: "it evaluates nothing" },
  toText: JSON.stringify,
  start(): never {
    throw new Error("It evaluates nothing");
  },
  startUpdates(text): Updatable {
    let kept: unknown = text;
    return {
      async apply(text): Promise<void> {
        kept = JSON.parse(await (await transport(text)).text());
        if (kept === null) throw new Error("There is no snapshot");
      },
    };
  },
};

/** As a service sends it. */
function transport(text: string): Promise<Response> {
  return Promise.resolve(new Response(text));
}

function compile(text: string): Floor {
  return new Floor(JSON.parse(text) as WireSnapshot);
}

function evaluator(flags: Floor): Evaluator {
  return {
    toContext: ({ user_id, plan, country, email, age, appVersion }) => ({
      user_id,
      plan,
      country,
      email,
      age,
      appVersion,
    }),
    evaluate: (key, context, fallback) => flags.variation(key, context as Attributes, fallback),
    allFlags: (context) => flags.allFlags(context as Attributes),
  };
}
