import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Job extends Readonly<Partial<Record<"needs" | "uses" | "environment", string>>> {
  readonly permissions?: unknown;
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

// It comes without types.
const { parse } = await import("deno-std/yaml/mod.js" as string) as { parse(text: string): unknown };

const FOLDER = ".github/workflows";
const { engines, scripts } = JSON.parse(readFileSync("package.json", "utf8"));

function commandsOf({ steps = [] }: Job): string {
  return steps.map(({ run }) => run).join("\n");
}

describe.each(readdirSync(FOLDER))("workflow %s", (name) => {
  const text = readFileSync(`${FOLDER}/${name}`, "utf8");
  const { permissions, jobs } = parse(text) as { permissions: unknown; jobs: Record<string, Job> };

  it("uses actions of one version, and scripts that exist", () => {
    const actions = Object.values(jobs).flatMap((
      { uses, steps = [] },
    ) => [uses, ...steps.map(({ uses }) => uses)]);
    for (const action of actions.filter((action) => action !== undefined)) {
      expect(action).toMatch(/^(?:[\w-]+\/[\w-]+@v\d+\.\d+\.\d+|\.\/\.github\/workflows\/ci\.yml)$/);
    }
    for (const [, script = ""] of text.matchAll(/npm run ([\w:-]+)/g)) {
      expect(scripts).toHaveProperty([script]);
    }
  });

  it("reads the code only, proves its identity where it publishes, and holds no secret", () => {
    expect(text).not.toContain("secrets.");
    expect(permissions).toEqual({ contents: "read" });
    for (const job of Object.values(jobs)) {
      const isPublishing = /\b(?:npm|deno) publish\b/.test(commandsOf(job));
      expect(job.permissions).toEqual(isPublishing ? { contents: "read", "id-token": "write" } : undefined);
      expect([job.needs, job.environment]).toEqual(
        isPublishing ? ["check", "release"] : [undefined, undefined],
      );
    }
  });

  it("runs .ci/run from the oldest supported Node on, itself or before it publishes", () => {
    const { check } = jobs;
    if (check?.uses !== undefined) return;
    expect(commandsOf(check!)).toMatch(/\.ci\/run$/);
    expect(engines.node).toBe(`>=${check!.strategy!.matrix.node[0]}`);
  });
});
