/**
 * How cost grows: `npx tsx --tsconfig bench/tsconfig.json bench/growth.ts` prints the time of an evaluation while one property of an
 * environment grows. It fails if a cost grows faster than its cause. With a folder as its argument it also draws the chart
 * of README.md there, light and dark.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";
import { DARK, LIGHT } from "./draw-chart.ts";
import { drawGrowth, format } from "./draw-growth.ts";
import type { Growth } from "./draw-growth.ts";
import { makeSnapshot, makeUsers, SIMPLE } from "./environment.ts";
import { median } from "./median.ts";
import type { WireCondition, WireFlag, WireRule } from "./wire.ts";

/** How much faster than its cause a cost may grow: processor caches are limited, and the collector searches larger heaps. */
const TOLERANCE = 2;
const ROUNDS = 7;
const SAMPLE_MS = 25;
const WARM_UP_MS = 100;

type Attributes = Readonly<Record<string, unknown>>;

/** One property that grows. */
interface Direction {
  readonly title: string;
  readonly sizes: readonly number[];
  /** Whether the time must not depend on the size. */
  readonly isFlat?: boolean;
  /** Creates the timed function; one call is one evaluation or one load. */
  prepare(size: number): () => unknown;
}

const directions: readonly Direction[] = [
  {
    title: "flags, one of them evaluated",
    sizes: [10, 100, 1_000, 10_000, 100_000],
    isFlat: true,
    prepare: (size) => evaluation(makeSnapshot(size).flags, SIMPLE),
  },
  {
    title: "flags, decoded and applied",
    sizes: [10, 100, 1_000, 10_000, 100_000],
    prepare(size) {
      const bootstrap = makeSnapshot(size);
      return () => new FeatureflipClient({ mode: "offline", bootstrap }).close();
    },
  },
  {
    title: "their `JSON.parse`, before that",
    sizes: [10, 100, 1_000, 10_000, 100_000],
    prepare(size) {
      const text = JSON.stringify(makeSnapshot(size));
      return () => JSON.parse(text) as unknown;
    },
  },
  {
    title: "rules of the flag, the last matches",
    sizes: [1, 10, 100, 1_000],
    prepare: (size) => evaluation([flag("rules", rules(size))], "rules"),
  },
  {
    title: "values of an `In` list",
    sizes: [1, 10, 100, 1_000, 10_000, 100_000],
    isFlat: true,
    prepare(size) {
      const values = Array.from({ length: size }, (_, at) => `user-${at}`);
      return evaluation([flag("list", [rule(0, condition("user_id", "In", values))])], "list");
    },
  },
  {
    title: "attributes of the user",
    sizes: [1, 10, 100, 1_000],
    prepare(size) {
      const more = Object.fromEntries(Array.from({ length: size }, (_, at) => [`attribute-${at}`, at]));
      const flags = [flag("attributes", [rule(0, condition("plan", "Equals", ["free"]))])];
      return evaluation(flags, "attributes", more);
    },
  },
  {
    title: "prerequisites of the flag",
    sizes: [1, 10, 100, 1_000],
    prepare(size) {
      const others = Array.from({ length: size }, (_, at) => flag(`other-${at}`, []));
      const prerequisites = others.map(({ key }) => ({
        prerequisiteFlagKey: key,
        expectedVariationKey: "off",
      }));
      return evaluation([{ ...flag("prerequisites", []), prerequisites }, ...others], "prerequisites");
    },
  },
  {
    title: "prerequisites in a chain",
    sizes: [1, 2, 4, 8],
    prepare(size) {
      const chain = Array.from({ length: size + 1 }, (_, at) => ({
        ...flag(`link-${at}`, []),
        prerequisites: at === size
          ? []
          : [{ prerequisiteFlagKey: `link-${at + 1}`, expectedVariationKey: "off" }],
      }));
      return evaluation(chain, "link-0");
    },
  },
];

const drawn: Growth[] = [];
console.log("| what grows                          |       to |    takes |");
console.log("| ----------------------------------- | -------: | -------: |");
for (const { title, sizes, isFlat = false, prepare } of directions) {
  const figures = measure(sizes.map(prepare));
  drawn.push({ title, points: sizes.map((size, at) => ({ size, ns: figures[at]! })) });
  for (const [at, size] of sizes.entries()) {
    const ns = figures[at]!;
    const allowed = at === 0 ? Infinity : isFlat ? 1 : size / sizes[at - 1]!;
    const isTooMuch = ns / figures[at - 1]! > TOLERANCE * allowed;
    if (isTooMuch) process.exitCode = 1;
    const cells = [at === 0 ? title : "", size.toLocaleString("en"), format(ns) + (isTooMuch ? " (!)" : "")];
    console.log(`| ${cells[0]!.padEnd(35)} | ${cells[1]!.padStart(8)} | ${cells[2]!.padStart(8)} |`);
  }
}

const [folder] = process.argv.slice(2);
if (folder !== undefined) {
  for (const [name, scheme] of Object.entries({ light: LIGHT, dark: DARK })) {
    writeFileSync(`${folder}/growth-${name}.svg`, drawGrowth(drawn, scheme));
  }
}

function evaluation(flags: readonly WireFlag[], key: string, more: Attributes = {}): () => unknown {
  const { segments } = makeSnapshot(0);
  const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags, segments } });
  const contexts = makeUsers(127).map((user) => ({ ...user, ...more }));
  let at = 0;
  return () => {
    if (++at === contexts.length) at = 0;
    return client.variation(key, contexts[at]!, false);
  };
}

/** The medians of interleaved samples, in ns of the processor's time. */
function measure(runs: readonly (() => unknown)[]): number[] {
  const lanes = runs.map((run) => ({ run, times: warmUp(run), samples: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, times, samples } of lanes) samples.push(sample(run, times) * 1e6 / times);
  }
  return lanes.map(({ samples }) => median(samples));
}

/** How many calls fit into a sample, after compilation. */
function warmUp(run: () => unknown): number {
  const start = processorTime();
  let times = 0;
  do {
    run();
    times++;
  } while (processorTime() - start < WARM_UP_MS);
  for (let each = 0; each < 2; each++) times = Math.ceil(times * SAMPLE_MS / sample(run, times));
  return times;
}

function sample(run: () => unknown, times: number): number {
  const start = processorTime();
  for (let at = 0; at < times; at++) run();
  return processorTime() - start;
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

function flag(key: string, rules: readonly WireRule[]): WireFlag {
  return {
    key,
    version: 1,
    type: "Boolean",
    enabled: true,
    variations: [{ key: "on", value: true }, { key: "off", value: false }],
    rules,
    fallthrough: { type: "Fixed", variation: "off" },
    offVariation: "off",
  };
}

function rules(count: number): WireRule[] {
  return Array.from({ length: count }, (_, at) => {
    const isLast = at === count - 1;
    return rule(at, condition("country", isLast ? "NotEquals" : "Equals", [`XX-${at}`]));
  });
}

function rule(priority: number, matching: WireCondition): WireRule {
  return {
    id: `rule-${priority}`,
    priority,
    conditionGroups: [{ operator: "And", conditions: [matching] }],
    segmentKey: null,
    serve: { type: "Fixed", variation: "on" },
  };
}

function condition(attribute: string, operator: string, values: readonly string[]): WireCondition {
  return { attribute, operator, values, negate: false };
}
