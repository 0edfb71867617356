import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Job {
  readonly needs?: string;
  readonly uses?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

// It comes without types.
const { parse } = await import("deno-std/yaml/mod.js" as string) as { parse(text: string): unknown };

const FOLDER = ".github/workflows";
const NAMES = readdirSync(FOLDER);
const MANIFEST = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
};

function read(name: string): Workflow {
  return parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Workflow;
}

function commandsOf({ jobs }: Workflow): string[] {
  return Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run = [] }) => run));
}

describe("workflows", () => {
  it("are for checking and for releasing", () => {
    expect([...NAMES].sort()).toEqual(["ci.yml", "release.yml"]);
  });

  it.each(NAMES)("%s uses actions of one version, or what stands beside it", (name) => {
    const { jobs } = read(name);
    const used = Object.values(jobs).flatMap(({ uses = [], steps = [] }) => [
      ...[uses].flat(),
      ...steps.flatMap((step) => step.uses ?? []),
    ]);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) {
      if (action.startsWith("./")) expect(NAMES).toContain(action.replace(`./${FOLDER}/`, ""));
      else expect(action).toMatch(/^[\w-]+\/[\w-]+@v\d+\.\d+\.\d+$/);
    }
  });

  it.each(NAMES)(
    "%s may read the code; who publishes may say who it is, and nobody anything else",
    (name) => {
      const text = readFileSync(`${FOLDER}/${name}`, "utf8");
      expect(text).not.toContain("secrets.");
      const { permissions, jobs } = read(name);
      expect(permissions).toEqual({ contents: "read" });
      for (const { permissions, steps = [] } of Object.values(jobs)) {
        const isPublishing = steps.some(({ run = "" }) => /\b(?:npm|deno) publish\b/.test(run));
        expect(permissions).toEqual(isPublishing ? { contents: "read", "id-token": "write" } : undefined);
      }
    },
  );

  it.each(NAMES)("%s runs scripts that there are", (name) => {
    for (const command of commandsOf(read(name))) {
      for (const [, script = ""] of command.matchAll(/npm run ([\w:-]+)/g)) {
        expect(MANIFEST.scripts).toHaveProperty([script]);
      }
    }
  });

  it("ci.yml runs what a clean clone must prove, from the oldest Node on that is supported", () => {
    const workflow = read("ci.yml");
    expect(Object.keys(workflow.on)).toEqual(["push", "pull_request", "workflow_call"]);
    expect(commandsOf(workflow)).toContain(".ci/run");
    const [oldest = ""] = workflow.jobs.check?.strategy?.matrix.node ?? [];
    expect(MANIFEST.engines.node).toBe(`>=${oldest}`);
  });

  it("release.yml publishes a tag to npm with provenance and to JSR, once everything has been proved", () => {
    const { on, jobs } = read("release.yml");
    expect(on).toEqual({ push: { tags: ["v*"] } });
    const { check, ...publishing } = jobs;
    expect(check?.uses).toBe("./.github/workflows/ci.yml");
    for (const job of Object.values(publishing)) {
      expect(job).toMatchObject({ needs: "check", environment: "release" });
    }
    const commands = (name: string): string =>
      publishing[name]?.steps?.map(({ run }) => run).join("\n") ?? "";
    expect(Object.keys(publishing)).toEqual(["npm", "jsr"]);
    expect(commands("npm")).toMatch(
      /npm publish \.tmp\/package\/featureflip-sdk\.tgz --provenance --access public/,
    );
    expect(commands("jsr")).toMatch(/deno publish$/);
  });
});
