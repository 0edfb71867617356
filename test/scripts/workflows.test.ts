import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Job extends Readonly<Partial<Record<"needs" | "uses" | "environment", string>>> {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

// It comes without types.
const { parse } = await import("deno-std/yaml/mod.js" as string) as { parse(text: string): unknown };

const FOLDER = ".github/workflows";
const { engines, scripts } = JSON.parse(readFileSync("package.json", "utf8"));

function commandsOf({ steps = [] }: Job): string {
  return steps.map(({ run, uses }) => run ?? uses).join("\n");
}

describe.each(readdirSync(FOLDER))("workflow %s", (name) => {
  const text = readFileSync(`${FOLDER}/${name}`, "utf8");
  const { permissions, jobs } = parse(text) as { permissions: unknown; jobs: Record<string, Job> };

  it("uses actions of one commit, and scripts that exist", () => {
    const actions = Object.values(jobs).flatMap((job) => [job, ...job.steps ?? []]).map(({ uses }) => uses);
    for (const action of actions.filter((action) => action !== undefined)) {
      expect(action).toMatch(/^(?:[\w-]+\/[\w-]+@[0-9a-f]{40}|\.\/\.github\/workflows\/ci\.yml)$/);
    }
    for (const [, script = ""] of text.matchAll(/npm run ([\w:-]+)/g)) {
      expect(scripts).toHaveProperty([script]);
    }
  });

  it("reads the code only, proves its identity where it publishes, and holds no secret", () => {
    expect(text).not.toContain("secrets.");
    expect(permissions).toEqual({ contents: "read" });
    for (const { permissions = {}, needs, environment, ...job } of Object.values(jobs)) {
      const isPublishing = /\b(?:npm|deno) publish\b|deploy-pages@/.test(commandsOf(job));
      expect("id-token" in permissions).toBe(isPublishing);
      if (!isPublishing) continue;
      // What is published was built and checked by a job before, in an environment that can ask for a review.
      expect([needs, environment]).toEqual([expect.any(String), expect.any(String)]);
      // The code of dependencies runs apart from an identity; JSR is published from sources, by Deno.
      expect(commandsOf(job)).not.toMatch(/npm (?:ci|install)(?! --(?:ignore-scripts|global npm@))/);
    }
  });

  it("runs .ci/run from the oldest supported Node on, itself or before it publishes", () => {
    const { check } = jobs;
    if (check === undefined || check.uses !== undefined) return;
    expect(commandsOf(check)).toMatch(/\.ci\/run$/);
    expect(engines.node).toBe(`>=${check.strategy!.matrix.node[0]}`);
  });
});
