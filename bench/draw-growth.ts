import type { Scheme } from "./draw-chart.ts";

/** How long something takes while its cause grows. */
export interface Growth {
  readonly title: string;
  readonly points: readonly { readonly size: number; readonly ns: number }[];
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [800, 460, 64, 290, 44, 40];
const [LEAST_NS, MOST_NS, MOST_SIZE] = [10, 1e9, 1e5];
/** The least distance between two labels. */
const LINE = 17;

/** Draws times against sizes, both by powers of ten, as an SVG. Each line has its title at its end. */
export function drawGrowth(growths: readonly Growth[], scheme: Scheme): string {
  const grid = [
    ...powers(1, MOST_SIZE).map((size) => {
      const x = xOf(size);
      return `<path d="M${x} ${TOP}V${HEIGHT - BOTTOM}" stroke="${scheme.bar}" stroke-width="0.5"/>` +
        text(x, HEIGHT - BOTTOM + 18, size.toLocaleString("en"), scheme.faint, "middle");
    }),
    ...powers(LEAST_NS, MOST_NS).map((ns) => {
      const y = yOf(ns);
      return `<path d="M${LEFT} ${y}H${xOf(MOST_SIZE)}" stroke="${scheme.bar}" stroke-width="0.5"/>` +
        text(LEFT - 8, y + 4, format(ns).replace(".0 ", " "), scheme.faint, "end");
    }),
  ];
  let below = -Infinity;
  const lines = growths.map((growth) => ({ ...growth, last: growth.points.at(-1)! }))
    .sort((a, b) => b.last.ns - a.last.ns)
    .map(({ title, points, last }) => {
      const path = points.map(({ size, ns }, at) => `${at === 0 ? "M" : "L"}${xOf(size)} ${yOf(ns)}`).join(
        "",
      );
      const [x, y] = [xOf(last.size), yOf(last.ns)];
      const labelX = xOf(MOST_SIZE) + 16;
      const labelY = below = Math.max(y, below + LINE);
      return `<path d="${path}" fill="none" stroke="${scheme.ours}" stroke-width="2"/>` +
        `<circle cx="${x}" cy="${y}" r="3" fill="${scheme.ours}"/>` +
        `<path d="M${x + 5} ${y}L${labelX - 4} ${labelY}" stroke="${scheme.faint}" stroke-width="0.5"/>` +
        text(labelX, labelY + 4, `${title.replaceAll("`", "")}: ${format(last.ns)}`, scheme.text, "start");
    });
  const title = "Time by size, both by powers of ten";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" ` +
    `role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="12">
${text(0, 18, title, scheme.text, "start")}
${[...grid, ...lines].join("\n")}
</svg>
`;
}

/** A time in the unit that keeps it short. */
export function format(ns: number): string {
  if (ns < 1e4) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(1)} ms` : `${(ns / 1e9).toFixed(1)} s`;
}

function powers(from: number, to: number): number[] {
  const count = Math.round(Math.log10(to / from)) + 1;
  return Array.from({ length: count }, (_, at) => from * 10 ** at);
}

function xOf(size: number): number {
  return Math.round(LEFT + (WIDTH - LEFT - RIGHT) * Math.log10(size) / Math.log10(MOST_SIZE));
}

function yOf(ns: number): number {
  const part = Math.log10(ns / LEAST_NS) / Math.log10(MOST_NS / LEAST_NS);
  return Math.round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part);
}

function text(
  x: number,
  y: number,
  content: string,
  colour: string,
  anchor: "start" | "middle" | "end",
): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}">${content}</text>`;
}
