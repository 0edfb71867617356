/**
 * One process that measures: `main.ts` starts some, one after the other, on the runtime that was asked for. All contenders
 * live in it side by side, and take turns. The last line on the standard output is the result, as JSON.
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

/** What `main.ts` asks for. */
export interface MeasureOptions {
  /** Parts of workloads' names; all workloads when there are none. */
  readonly only: readonly string[];
  /** Us and the floor alone. */
  readonly ours: boolean;
  readonly rounds: number;
  /** How long one sample takes at least, in ms. */
  readonly sample: number;
  /** Where the API for events is. */
  readonly api: string;
}

/** What one process has measured, and what it could not, with the reason. */
export interface MeasureResult {
  /** In ns, one for each round, by workload and contender. */
  readonly samples: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly missing: Readonly<Record<string, string>>;
  /** What contenders have no words for, by contender and workload, and why. */
  readonly cannot: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** How long a contender may take to start, in ms. */
const START_MS = 10_000;
/** How many samples' time goes by before the shapes of all have been seen. */
const FIRST_LOOK = 3;
/** How many go by after that: JavaScriptCore's last compiler takes its time. */
const WARM = 10;
/** How long warming up may wait for what takes no time of the processor, in ms. */
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
  // Some clients would go on.
  process.exit();
}

async function measure(options: MeasureOptions): Promise<MeasureResult> {
  const { contenders, missing } = await loadContenders(options.ours);
  const chosen = workloads.filter(({ id }) =>
    options.only.length === 0 || options.only.some((part) => id.includes(part))
  );
  // Every stage is set before anything runs, and all shapes are seen before anything is timed.
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
      // What is not asked for warms up all the same, as its flags stand in the same environment: but not events.
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
      // Whoever comes first pays for what the one before left behind: that goes around.
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
  // Another address makes it another module, whose loops have feedback of their own.
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

/** A client that does not start here is left out, and says why. */
async function within<T>(ms: number, starting: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not started within ${ms} ms`)), ms);
  });
  return await Promise.race([starting, late]).finally(() => clearTimeout(timer));
}

/** Runs it for so long that the compilers have seen it often enough, and finds out how often fits into a sample. */
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

/** One sample, in ns for each thing. */
async function time({ workload, run, times }: Lane): Promise<number> {
  if (workload.collects) collectGarbage();
  const before = processorTime();
  const running = run(times);
  if (running instanceof Promise) await running;
  return (processorTime() - before) * 1e6 / (times * (workload.size ?? 1));
}

/** What this process has taken of the processors, in ms: others on the machine do not count, its collector does. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}
