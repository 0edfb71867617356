import type { Figures } from "./footprint.ts";

/** Colours of one scheme. */
export interface Scheme {
  readonly text: string;
  readonly faint: string;
  readonly bar: string;
  readonly ours: string;
}

/** The colours on a white page. */
export const LIGHT: Scheme = { text: "#1f2328", faint: "#59636e", bar: "#c8d1da", ours: "#1a7f5a" };
/** The colours on a dark page. */
export const DARK: Scheme = { text: "#f0f6fc", faint: "#9198a1", bar: "#3d444d", ours: "#3fb58a" };

const NAMES: Readonly<Record<string, string>> = { ours: "@featureflip/sdk", floor: "hand-written" };

const WIDTH = 720;
const [LEFT, RIGHT, TOP, ROW] = [150, 90, 46, 26];

/**
 * Draws how long each contender takes for one workload, as an SVG.
 *
 * @param title What was measured.
 * @param row Times in ns, by contender.
 */
export function drawChart(title: string, row: Readonly<Figures>, isDark: boolean): string {
  const scheme = isDark ? DARK : LIGHT;
  const bars = Object.entries(row).filter((entry): entry is [string, number] => entry[1] !== undefined)
    .sort(([, a], [, b]) => a - b);
  const longest = Math.max(...bars.map(([, ns]) => ns));
  const rows = bars.map(([name, ns], index) => {
    const y = TOP + index * ROW;
    const width = Math.max(2, (WIDTH - LEFT - RIGHT) * ns / longest);
    const colour = name === "ours" ? scheme.ours : scheme.bar;
    const weight = name === "ours" ? ` font-weight="600"` : "";
    return `<text x="${LEFT - 10}" y="${y + 13}" text-anchor="end" fill="${scheme.text}"${weight}>${
      NAMES[name] ?? name
    }</text><rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="18" rx="3" fill="${colour}"/>` +
      `<text x="${(LEFT + width + 8).toFixed(1)}" y="${y + 13}" fill="${scheme.faint}">${micros(ns)}</text>`;
  });
  const height = TOP + bars.length * ROW + 4;
  const label = `${title}: ${bars.map(([name, ns]) => `${NAMES[name] ?? name} ${micros(ns)}`).join(", ")}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${label}" font-family="system-ui, sans-serif" font-size="13">
<text x="0" y="18" fill="${scheme.text}" font-weight="600">${title}</text>
${rows.join("\n")}
</svg>
`;
}

function micros(ns: number): string {
  return `${(ns / 1_000).toFixed(ns < 1e5 ? 1 : 0)} µs`;
}
