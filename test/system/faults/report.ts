import { afterAll } from "vitest";

/** What became of one fault. */
export interface Finding {
  readonly fault: string;
  /** Every value that the client served, until it had recovered. */
  readonly served: Iterable<string>;
  /** How long after the fault had ended, or after `since`, the client served what the service does, in ms. */
  readonly recovered: number;
  /** How many requests went out from the fault's beginning until then. */
  readonly cost: number;
}

const COLUMNS = [44, 24, 17, 10];

/** Collects findings, and prints them as a table once the tests of a file have run. */
export function createReport(title: string): (finding: Finding) => void {
  const rows: string[] = [];
  afterAll(() => {
    const head = line([title, "served meanwhile", "recovered after", "requests"]);
    console.log(["", head, "-".repeat(head.length), ...rows].join("\n"));
  });
  return ({ fault, served, recovered, cost }) => {
    rows.push(line([fault, [...served].join(", "), `${(recovered / 1000).toFixed(1)} s`, String(cost)]));
  };
}

function line(cells: readonly string[]): string {
  return cells.map((cell, index) => index < 2 ? cell.padEnd(COLUMNS[index]!) : cell.padStart(COLUMNS[index]!))
    .join("");
}
