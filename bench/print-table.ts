import type { MeasureResult } from "./measure.ts";
import { workloads } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

/** Prints what was measured: one line for each workload. */
export function printTable(
  { figures, missing }: MeasureResult,
  isMarkdown: boolean,
): void {
  const others = [...new Set(Object.values(figures).flatMap(Object.keys))]
    .filter((name) => !["ours", "floor", "JSON.parse"].includes(name));
  const head = [
    "work",
    "ours",
    "floor",
    "ours / floor",
    "goal",
    "best other",
    "ours / best",
    ...others,
  ];
  const rows = workloads.filter(({ id }) => id in figures).map((workload) => {
    const row = figures[workload.id]!;
    const [best] = others.filter((name) => name in row).sort((a, b) => row[a]! - row[b]!);
    return [
      workload.title,
      duration(row.ours),
      duration(row.floor),
      ratio(row.ours, row.floor),
      goal(workload, row),
      best === undefined ? "—" : `${best} ${duration(row[best])}`,
      best === undefined ? "—" : ratio(row.ours, row[best]),
      ...others.map((name) => duration(row[name])),
    ];
  });
  const widths = head.map((title, at) =>
    Math.max(...[head, ...rows].map((row) => row[at]!.length), title.length)
  );
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, at) => at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!));
    return isMarkdown ? `| ${padded.join(" | ")} |` : padded.join("  ");
  };
  console.log(line(head));
  console.log(
    line(
      widths.map((width, at) => at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`),
    ),
  );
  for (const row of rows) console.log(line(row));
  for (const [name, why] of Object.entries(missing)) {
    console.log(`${name} is not in it: ${why}`);
  }
}

function goal(
  { goal }: Workload,
  row: Readonly<Record<string, number>>,
): string {
  const reached = "ns" in goal ? row.ours! / goal.ns : row.ours! / row[goal.to]! / goal.ratio;
  const mark = reached <= 1 ? "✓" : "✗";
  if ("ns" in goal) return `${mark} ≤ ${duration(goal.ns)}`;
  if (goal.to === "floor") return `${mark} ≤ ${goal.ratio}`;
  return `${mark} ${ratio(row.ours, row[goal.to])} ≤ ${goal.ratio} ${goal.to}`;
}

function ratio(value: number | undefined, base: number | undefined): string {
  return value === undefined || base === undefined ? "—" : (value / base).toFixed(2);
}

function duration(ns: number | undefined): string {
  if (ns === undefined) return "—";
  if (ns < 100) return `${ns.toFixed(1)} ns`;
  if (ns < 1e4) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  return `${(ns / 1e6).toFixed(2)} ms`;
}
