/**
 * One measuring process: `main.ts` starts several, one after the other, on the selected runtime. It contains all
 * contenders, which take turns. The last line on the standard output is the result, as JSON.
 */
import process from "node:process";
import { serveApi } from "./api.ts";
import { checkOutcomes } from "./check-outcomes.ts";
import type { Contender } from "./contenders/contender.ts";
import type * as Driver from "./driver.ts";
import { loadContenders } from "./load-contenders.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { manyUsers, snapshot, users, workloads } from "./workloads.ts";
import type { Run, Stage, Workload } from "./workloads.ts";

/** The request of `main.ts`. */
export interface MeasureOptions {
  /** Parts of workloads' names; all workloads when there are none. */
  readonly only: readonly string[];
  /** Only this SDK and the floor. */
  readonly ours: boolean;
  readonly rounds: number;
  /** The minimal duration of one sample, in ms. */
  readonly sample: number;
  /** The URL of the API for events. */
  readonly api: string;
}

/** The results of one process, and what it could not measure, with the reasons. */
export interface MeasureResult {
  /** In ns, one for each round, by workload and contender. */
  readonly samples: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly missing: Readonly<Record<string, string>>;
  /** What contenders cannot express, by contender and workload, and the reasons. */
  readonly cannot: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** How long a contender may take to start, in ms. */
const START_MS = 10_000;
/** The duration of the first warm-up, in samples: inline caches see all shapes. */
const FIRST_LOOK = 3;
/** The duration of the second warm-up, in samples: JavaScriptCore's last compiler tier is slow to start. */
const WARM = 10;
/** How long warm-up may wait for work that uses no processor time, in ms. */
const PATIENCE_MS = 2_000;

interface Lane {
  readonly workload: Workload;
  readonly contender: Contender;
  readonly run: Run;
  times: number;
  readonly samples: number[];
}

const [command, text] = process.argv.slice(2);
if (command === "api") {
  serveApi();
} else {
  console.log(JSON.stringify(await measure(JSON.parse(text ?? "{}") as MeasureOptions)));
  // Some clients would keep the process running.
  process.exit();
}

async function measure(options: MeasureOptions): Promise<MeasureResult> {
  const { contenders, missing } = await loadContenders(options.ours);
  const chosen = workloads.filter(({ id }) =>
    options.only.length === 0 || options.only.some((part) => id.includes(part))
  );
  // All workloads are prepared before anything runs, and inline caches see all shapes before anything is timed.
  const stages: Stage[] = [];
  for (const contender of contenders) {
    try {
      stages.push(await within(START_MS, setStage(contender, options.api)));
    } catch (error) {
      missing[contender.name] = String(error).split("\n")[0]!;
    }
  }
  for (const stage of stages) await checkOutcomes(stage);
  const lanes: Lane[] = [];
  for (const stage of stages) {
    for (const workload of workloads) {
      const isChosen = chosen.includes(workload);
      // Workloads that are not selected warm up too, because their flags are in the same environment; events do not.
      if (!isChosen && workload.collects) continue;
      const run = await workload.prepare(stage);
      if (run === undefined) continue;
      const lane: Lane = { workload, contender: stage.contender, run, times: 1, samples: [] };
      await warmUp(lane, FIRST_LOOK * options.sample, options.sample);
      if (isChosen) lanes.push(lane);
    }
    console.error(`${stage.contender.name} is warm`);
  }
  for (const lane of lanes) await warmUp(lane, WARM * options.sample, options.sample);

  for (let round = 0; round < options.rounds; round++) {
    for (const workload of chosen) {
      const turn = lanes.filter((lane) => lane.workload === workload);
      // The first contender of a round pays for the garbage of the last one, so the order rotates.
      for (let at = 0; at < turn.length; at++) {
        const lane = turn[(at + round) % turn.length]!;
        lane.samples.push(await time(lane));
      }
    }
    console.error(`round ${round + 1} of ${options.rounds}`);
  }

  const samples: Record<string, Record<string, number[]>> = {};
  for (const lane of lanes) (samples[lane.workload.id] ??= {})[lane.contender.name] = lane.samples;
  const cannot = Object.fromEntries(contenders.map(({ name, cannot = {} }) => [name, cannot]));
  return { samples, missing, cannot };
}

async function setStage(contender: Contender, api: string): Promise<Stage> {
  // Another URL creates another module instance, whose loops have their own type feedback.
  const module = new URL(`./driver.mjs?of=${encodeURIComponent(contender.name)}`, import.meta.url);
  const driver = await import(module.href) as typeof Driver;
  const stage = {
    contender,
    driver,
    api,
    evaluator: undefined,
    isAsync: false,
    contexts: [],
    manyContexts: [],
  };
  if (contender.cannot?.all !== undefined) return stage;
  const evaluator = await contender.start(contender.toText(snapshot));
  const contexts = users.map(evaluator.toContext);
  const isAsync = evaluator.evaluate(snapshot.flags[0]!.key, contexts[0]!, false) instanceof Promise;
  return { ...stage, evaluator, isAsync, contexts, manyContexts: manyUsers.map(evaluator.toContext) };
}

/** A client that does not start here is omitted, with the reason. */
async function within<T>(ms: number, starting: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not started within ${ms} ms`)), ms);
  });
  return await Promise.race([starting, late]).finally(() => clearTimeout(timer));
}

/** Runs it until it is compiled, and returns how many calls fit into a sample. */
async function warmUp(lane: Lane, ms: number, sample: number): Promise<void> {
  const start = processorTime();
  const deadline = performance.now() + PATIENCE_MS;
  do {
    const before = processorTime();
    await lane.run(lane.times);
    const rate = lane.times / Math.max(processorTime() - before, 0.001);
    lane.times = Math.max(
      1,
      Math.min(Math.ceil(rate * sample), lane.times * 10),
    );
  } while (processorTime() - start < ms && performance.now() < deadline);
}

/** One sample, in ns per item. */
async function time({ workload, run, times }: Lane): Promise<number> {
  const verify = await run.check?.();
  if (workload.collects) collectGarbage();
  const before = processorTime();
  const running = run(times);
  if (running instanceof Promise) await running;
  const spent = processorTime() - before;
  await verify?.(times);
  return spent * 1e6 / (times * (workload.size ?? 1));
}

/** Processor time of this process, in ms: includes its garbage collector, excludes other processes. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}
