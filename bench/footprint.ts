import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Contender } from "./contenders/contender.ts";
import { OUT, whatNpmGets } from "./build-bench.ts";
import { makeSnapshot } from "./environment.ts";
import { median } from "./median.ts";
import type { Peer } from "./peers.ts";

/** The command line before the script's name. */
export type Runtime = readonly [string, ...string[]];

/** Figures by contender; contenders that cannot be measured are missing. */
export type Figures = Record<string, number>;

const run = promisify(execFile);

/** The memory of one client with a thousand flags, each evaluated once, in bytes. */
export async function measureMemory([file, ...args]: Runtime, peers: readonly Peer[]): Promise<Figures> {
  const figures: Figures = {};
  for (const peer of peers) {
    await attempt(figures, peer.name, async () => {
      const { stdout } = await run(file, [...args, `${OUT}/memory.mjs`, peer.file], { timeout: 60_000 });
      return lastNumber(stdout);
    });
  }
  return figures;
}

/** The time from import to the first evaluation in a fresh process with a hundred flags, in ns: medians of interleaved processes. */
export async function measureColdStart(
  [file, ...args]: Runtime,
  peers: readonly Peer[],
  rounds: number,
): Promise<Figures> {
  const samples = new Map<string, number[]>();
  const snapshot = makeSnapshot(100);
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const path = `${OUT}/cold-start-${peer.name}.mjs`;
      const sample: Figures = {};
      await attempt(sample, peer.name, async () => {
        if (round === 0) {
          const contender =
            (await import(`${OUT}/contenders/${peer.file}.mjs`) as { contender: Contender }).contender;
          const [name, text] = [peer.file, contender.toText(snapshot)].map((value) => JSON.stringify(value));
          await writeFile(
            path,
            `import { measureStart } from "./cold-start.mjs";\nawait measureStart(${name}, ${text});\n`,
          );
        }
        const { stdout } = await run(file, [...args, path], {
          timeout: 60_000,
        });
        return lastNumber(stdout) * 1e6;
      });
      const took = sample[peer.name];
      if (took !== undefined) samples.set(peer.name, [...samples.get(peer.name) ?? [], took]);
    }
  }
  return Object.fromEntries([...samples].map(([name, times]) => [name, median(times)]));
}

/** How much an application's bundle grows, minified and compressed, in bytes. */
export async function measureBundles(peers: readonly Peer[]): Promise<Figures> {
  const figures: Figures = {};
  for (const { name, entry } of peers) {
    await attempt(figures, name, async () => {
      const { outputFiles } = await build({
        stdin: { contents: entry, resolveDir: "bench" },
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        platform: "node",
        mainFields: ["module", "main"],
        target: "es2022",
        charset: "utf8",
        legalComments: "none",
        logLevel: "silent",
        plugins: [whatNpmGets({ external: false })],
      });
      return gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength;
    });
  }
  return figures;
}

async function attempt(figures: Figures, name: string, measure: () => Promise<number>): Promise<void> {
  try {
    figures[name] = await measure();
  } catch (error) {
    console.error(`${name}: ${String(error).split("\n")[0]}`);
  }
}

function lastNumber(text: string): number {
  return Number(text.trimEnd().split("\n").at(-1));
}
