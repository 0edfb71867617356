import type { Contender, Context, Evaluator } from "./contenders/contender.ts";
import type * as Driver from "./driver.ts";
import type { Question } from "./driver.ts";
import {
  FIVE_RULES,
  FLAG_COUNT,
  LONG_LIST,
  makeSnapshot,
  makeUsers,
  ROLLOUT,
  SEGMENT,
  SIMPLE,
} from "./environment.ts";
import type { User } from "./environment.ts";
import type { WireSnapshot } from "./wire.ts";

/** The number of evaluations between two calls of `flush()`. */
export const EVENTS_PER_FLUSH = 1_000;

/** The parts of a contender that workloads use. */
export interface Stage {
  readonly contender: Contender;
  readonly driver: typeof Driver;
  readonly evaluator: Evaluator | undefined;
  /** Whether the evaluator returns promises. */
  readonly isAsync: boolean;
  readonly contexts: readonly Context[];
  readonly manyContexts: readonly Context[];
  /** The URL of the API for events. */
  readonly api: string;
}

/** Runs the work this number of times. */
export interface Run {
  (times: number): unknown;
  /** Begins to check a sample; returns what throws if the work of so many times was not done. Neither is timed. */
  check?(): Promise<(times: number) => Promise<void>>;
}

/** A runtime that the benchmark runs on. */
export type Host = "node" | "bun" | "deno";

/** A ratio to another contender, or an absolute time. */
export type Goal =
  | { readonly ratio: number; readonly to: "floor" | "minimal" | "JSON.parse" }
  | { readonly ns: number };

/** One line of the table. */
export interface Workload {
  readonly id: string;
  readonly title: string;
  /** The project's goal, on each runtime. */
  readonly goal: Goal | Readonly<Record<Host, Goal>>;
  /** The number of items of one run; figures are per item. */
  readonly size?: number;
  /** Whether it creates garbage; then the garbage of other workloads is collected first. */
  readonly collects?: boolean;
  /** The run; absent if the contender has no such feature. */
  prepare(stage: Stage): Promise<Run | undefined> | Run | undefined;
}

/** The users of evaluations: a prime number of them, so that each user meets each flag. */
export const users: readonly User[] = makeUsers(127);
/** The users of a rollout: so many that a user is not repeated soon. */
export const manyUsers: readonly User[] = makeUsers(10_000);
/** The environment of a thousand flags. */
export const snapshot: WireSnapshot = makeSnapshot(FLAG_COUNT);
/** Its flags, in a fixed shuffled order. */
export const questions: readonly Question[] = shuffled(snapshot.flags).map((
  { key, type },
) => ({
  key,
  fallback: type === "Boolean" ? false : "none",
}));

/** The table, line by line. */
export const workloads: readonly Workload[] = [
  one("simple", "simple flag, no rules", SIMPLE, 2.5),
  one("five-rules", "five rules, the fifth matches", FIVE_RULES, 1.5),
  one("in-1000", "`In` list of 1,000", LONG_LIST, 1.5),
  one("rollout", "50/50 rollout, 10,000 users", ROLLOUT, 0.9, "manyContexts"),
  one("segment", "segment of two conditions", SEGMENT, 1.4),
  {
    id: "random",
    title: "random flag of 1,000, 127 users",
    goal: { ratio: 1.4, to: "minimal" },
    prepare: ({ evaluator, driver, contexts, isAsync }) => {
      if (evaluator === undefined) return undefined;
      const run = isAsync ? driver.evaluateManyAsync : driver.evaluateMany;
      return (times) => run(evaluator, questions, contexts, times);
    },
  },
  {
    id: "request",
    title: "request: fresh context, ten flags of 1,000",
    goal: { ratio: 1.3, to: "minimal" },
    prepare: ({ evaluator, driver, isAsync }) => {
      if (evaluator === undefined) return undefined;
      const run = isAsync ? driver.serveRequestsAsync : driver.serveRequests;
      return (times) => run(evaluator, questions, users, times);
    },
  },
  {
    id: "all-flags",
    title: "all 1,000 flags for one user",
    goal: { ratio: 1.4, to: "minimal" },
    prepare: ({ evaluator, driver, contexts, isAsync }) => {
      if (evaluator?.allFlags === undefined) return undefined;
      const all = { allFlags: evaluator.allFlags };
      const run = isAsync ? driver.collectAllAsync : driver.collectAll;
      return (times) => run(all, contexts, times);
    },
  },
  events("all", "simple flag, every evaluation an event", {
    ratio: 1.1,
    to: "floor",
  }),
  events("unique", "simple flag, each event once", { ns: 300 }),
  update("snapshot", "new snapshot of 1,000 flags", {
    node: { ratio: 1.2, to: "JSON.parse" },
    bun: { ratio: 2, to: "JSON.parse" },
    deno: { ratio: 1.4, to: "JSON.parse" },
  }, false),
  update("snapshot-all", "the same, then each flag evaluated", {
    ratio: 1,
    to: "floor",
  }, true),
];

function one(
  id: string,
  title: string,
  key: string,
  ratio: number,
  whose: "contexts" | "manyContexts" = "contexts",
): Workload {
  return {
    id,
    title,
    goal: { ratio, to: "minimal" },
    prepare: ({ evaluator, driver, isAsync, contender, [whose]: contexts }) => {
      if (evaluator === undefined || contender.cannot?.[id] !== undefined) {
        return undefined;
      }
      const run = isAsync ? driver.evaluateOneAsync : driver.evaluateOne;
      return (times) => run(evaluator, key, contexts, times);
    },
  };
}

function events(
  mode: "all" | "unique",
  title: string,
  goal: Workload["goal"],
): Workload {
  return {
    id: `events-${mode}`,
    title,
    goal,
    size: EVENTS_PER_FLUSH,
    collects: true,
    prepare: async ({ contender, driver, contexts, isAsync, api }) => {
      const client = await contender.startEvents?.(mode, api, contender.toText(makeSnapshot(100)));
      if (client === undefined) return undefined;
      const arrived = async (): Promise<number> => Number(await (await fetch(`${api}/arrived`)).text());
      const run = isAsync ? driver.evaluateOneAsync : driver.evaluateOne;
      const work = async (times: number): Promise<void> => {
        for (let batch = 0; batch < times; batch++) {
          await run(client.evaluator, SIMPLE, contexts, EVENTS_PER_FLUSH);
          await client.flush();
        }
      };
      const check: Run["check"] = async () => {
        const before = await arrived();
        return async (times) => {
          if (client.dropped !== undefined && client.dropped() > 0) {
            throw new Error("Events were dropped");
          }
          if (mode !== "all" || contender.countsOnly === true) return;
          const missing = times * EVENTS_PER_FLUSH - (await arrived() - before);
          if (missing !== 0) {
            throw new Error(
              `${contender.name}: ${missing} events have not arrived`,
            );
          }
        };
      };
      return Object.assign(work, { check });
    },
  };
}

function update(
  id: string,
  title: string,
  goal: Workload["goal"],
  isEvaluated: boolean,
): Workload {
  return {
    id,
    title,
    goal,
    collects: true,
    prepare: async ({ contender, driver, contexts, isAsync }) => {
      const client = await contender.startUpdates?.(contender.toText(snapshot));
      if (
        client === undefined || (isEvaluated && client.evaluator === undefined)
      ) return undefined;
      // A different text each time, because an SDK may recognize a repeated one.
      const texts = Array.from(
        { length: 4 },
        (_, at) => contender.toText(makeSnapshot(FLAG_COUNT, at + 2)),
      );
      const run = isAsync ? driver.evaluateManyAsync : driver.evaluateMany;
      return async (times) => {
        for (let at = 0; at < times; at++) {
          await client.apply(texts[at % texts.length]!);
          if (isEvaluated) {
            await run(client.evaluator!, questions, contexts, questions.length);
          }
        }
      };
    },
  };
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  let seed = 42;
  for (let at = result.length - 1; at > 0; at--) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const other = seed % (at + 1);
    [result[at], result[other]] = [result[other]!, result[at]!];
  }
  return result;
}
