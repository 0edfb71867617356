import type { Figures } from "./footprint.ts";
import { workloads } from "./workloads.ts";
import type { Goal, Host } from "./workloads.ts";

type Row = Readonly<Figures>;

/** The results to print. */
export interface Results {
  /** By workload. */
  readonly figures: Readonly<Record<string, Row>>;
  /** The contenders that could not be measured, and the reasons. */
  readonly missing: Readonly<Record<string, string>>;
  /** What contenders cannot express, by contender and workload, and the reasons. */
  readonly cannot: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A line of the table and its goal. */
interface Line {
  readonly id: string;
  readonly title: string;
  readonly format: (value: number) => string;
  /** Whether the goal is reached, and the goal. */
  readonly goal: (row: Row) => readonly [isReached: boolean, text: string];
}

/** The format of the table. */
export interface PrintOptions {
  readonly on: Host;
  /** As Markdown for a page, without the goals and a column for each other SDK. */
  readonly isMarkdown: boolean;
}

/** The contenders that are no other SDK. */
const OWN = ["ours", "floor", "minimal", "JSON.parse"];

/** The goals of a start in a fresh process, as ratios to the floor: first-time compilation differs between engines. */
const COLD_START: Readonly<Record<Host, number>> = { node: 1.6, bun: 1.35, deno: 1.5 };

/** Prints what was measured: one line for each workload. */
export function printTable(
  { figures, missing, cannot }: Results,
  { on, isMarkdown }: PrintOptions,
): void {
  const others = [...new Set(Object.values(figures).flatMap(Object.keys))]
    .filter((name) => !OWN.includes(name));
  const head = [
    "",
    "ours",
    "floor",
    "ours / floor",
    "ours / minimal",
    "best other",
    "ours / best",
    ...(isMarkdown ? [] : ["goal", ...others]),
  ];
  const misses: string[] = [];
  const rows = lines(on).filter(({ id }) => id in figures).map(({ id, title, format, goal }) => {
    const row: Row = figures[id]!;
    const show = (name: string): string => name in row ? format(row[name]!) : "—";
    const [best] = others.filter((name) => name in row).sort((a, b) => row[a]! - row[b]!);
    const [isReached, text] = goal(row);
    if (!isReached) misses.push(`${title}: ${text}`);
    return [
      title,
      show("ours"),
      show("floor"),
      ratio(row.ours, row.floor),
      ratio(row.ours, row.minimal),
      best === undefined ? "—" : `${best} ${show(best)}`,
      best === undefined ? "—" : ratio(row.ours, row[best]),
      ...(isMarkdown ? [] : [`${isReached ? "✓" : "✗"} ${text}`, ...others.map(show)]),
    ];
  });
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]!.length)));
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, at) => at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!));
    return isMarkdown ? `| ${padded.join(" | ")} |` : padded.join("  ");
  };
  console.log(line(head));
  if (isMarkdown) {
    console.log(line(widths.map((width, at) => at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  }
  for (const row of rows) console.log(line(row));
  if (!isMarkdown) {
    console.log(`\n${rows.length - misses.length} of ${rows.length} goals reached on ${on}`);
    for (const miss of misses) console.log(`missed: ${miss}`);
  }
  for (const [name, why] of Object.entries(missing)) console.log(`\n${name} is not in it: ${why}`);
  for (const [name, whys] of Object.entries(cannot)) {
    for (const [id, why] of Object.entries(whys)) if (id in figures) console.log(`\n${name}, ${id}: ${why}`);
  }
}

function lines(on: Host): Line[] {
  return [
    ...workloads.map(({ id, title, goal }): Line => ({
      id,
      title,
      format: duration,
      goal: (row) => judge("node" in goal ? goal[on] : goal, row),
    })),
    absolute("memory", "memory of 1,000 flags, each evaluated once", kibibytes, 600 * 1_024),
    absolute("bundle", "bundle, minified and compressed", kilobytes, 28_000),
    {
      id: "cold-start",
      title: "cold start, 100 flags",
      format: duration,
      goal: (row) => judge({ ratio: COLD_START[on], to: "floor" }, row),
    },
  ];
}

/** Whether a row reaches its goal, and both as text. */
function judge(goal: Goal, row: Row): readonly [boolean, string] {
  if ("ns" in goal) return [row.ours! <= goal.ns, `${duration(row.ours!)} ≤ ${duration(goal.ns)}`];
  const reached = row.ours! / row[goal.to]!;
  return [reached <= goal.ratio, `${reached.toFixed(2)} ≤ ${goal.ratio} ${goal.to}`];
}

function absolute(id: string, title: string, format: (value: number) => string, limit: number): Line {
  return { id, title, format, goal: ({ ours }) => [ours! <= limit, `${format(ours!)} ≤ ${format(limit)}`] };
}

function ratio(value: number | undefined, base: number | undefined): string {
  return value === undefined || base === undefined ? "—" : (value / base).toFixed(2);
}

function duration(ns: number): string {
  if (ns < 100) return `${ns.toFixed(1)} ns`;
  if (ns < 1e4) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  return `${(ns / 1e6).toFixed(2)} ms`;
}

function kibibytes(count: number): string {
  return `${(count / 1_024).toFixed(0)} KiB`;
}

function kilobytes(count: number): string {
  return `${(count / 1_000).toFixed(1)} kB`;
}
