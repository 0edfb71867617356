/** One project in which the package is installed, and what must work there. */
export interface Case {
  /** What it proves, for the table. */
  readonly name: string;
  /** A folder of test/apps, with a package.json of its own. */
  readonly app: string;
  /** Versions in place of those of its package.json. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Runs on every change too, not only at night. */
  readonly daily?: boolean;
  /** The version of Node that runs the commands; that of this process by default. */
  readonly node?: string;
  /** What installs; npm by default. */
  readonly manager?: Manager;
  /** Node runs each in the project: a program and its arguments. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
}

/** What installs. `yarn-pnp` has no node_modules. */
export type Manager = "npm" | "pnpm" | "yarn-1" | "yarn" | "yarn-pnp";

/** The packages of the package managers but npm. */
export const MANAGERS: Readonly<Record<Exclude<Manager, "npm">, string>> = {
  pnpm: "pnpm@10.34.9",
  "yarn-1": "yarn@1.22.22",
  yarn: "@yarnpkg/cli-dist@4.18.1",
  "yarn-pnp": "@yarnpkg/cli-dist@4.18.1",
};

/** The versions of Node but that of this process. */
const NODES: readonly string[] = ["22.23.3", "24.21.0", "26.10.0"];

const NEWEST = {
  hono: "4.13.19",
  flags: "4.3.1",
  "@openfeature/core": "1.12.0",
  "@openfeature/server-sdk": "1.23.0",
  typescript: "7.0.2",
};
const JEST_30 = { jest: "30.5.2", "@jest/globals": "30.5.2", "ts-jest": "29.4.15" };

const FIRST = [["first.mjs"], ["first.cjs"]] as const;
const PEERS = [["../tsc.mjs"], ["out/main.js"]] as const;
const JEST = ["default", "babel-jest", "ts-jest", "all-entries", "fake-timers"].map((name) => {
  return ["node_modules/jest/bin/jest.js", "--config", `${name}.config.json`] as const;
});
const [NODE_22, NODE_24] = NODES as readonly [string, string, ...string[]];

export const MATRIX: readonly Case[] = [
  { name: "first flag, import and require()", app: "first", daily: true, commands: FIRST },
  ...NODES.map((node) => ({ name: "first flag, import and require()", app: "first", node, commands: FIRST })),
  { name: "oldest peers", app: "peers", daily: true, commands: PEERS },
  { name: "newest peers", app: "peers", versions: NEWEST, commands: PEERS },
  ...(["pnpm", "yarn-1", "yarn"] as const).flatMap((manager) => [
    { name: "oldest peers", app: "peers", manager, commands: PEERS },
    { name: "newest peers", app: "peers", versions: NEWEST, manager, commands: PEERS },
  ]),
  {
    name: "first flag, no node_modules",
    app: "first",
    manager: "yarn-pnp",
    commands: [["--require", "./.pnp.cjs", "--loader", "./.pnp.loader.mjs", "first.mjs"]],
  },
  { name: "node-fetch, cross-fetch, undici; Sinon", app: "fetch", commands: [["fetch.mjs"], ["sinon.mjs"]] },
  {
    name: "React Client Component, devalue, superjson, seroval",
    app: "serialize",
    commands: [["--conditions", "react-server", "serialize.mjs"]],
  },
  { name: "Next.js 15, Client Component, Flags SDK", app: "next", commands: [["next.mjs"]] },
  {
    name: "types: TypeScript 5.4 and 7",
    app: "types",
    daily: true,
    commands: [["compile.mjs", "5.4", "commonjs"], ["compile.mjs", "7", "nodenext"]],
  },
  ...["5.4", "5.9", "6", "7"].map((version) => ({
    name: `types: TypeScript ${version}, each module resolution`,
    app: "types",
    commands: [["compile.mjs", version]] as const,
  })),
  {
    name: "Worker, `wrangler types` and a dry run of `wrangler deploy`",
    app: "workers",
    commands: [
      ["node_modules/wrangler/bin/wrangler.js", "types"],
      ["../tsc.mjs"],
      ["node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run"],
    ],
  },
  ...[undefined, NODE_22, NODE_24].flatMap((node) => [
    { name: "Jest 29, babel-jest, ts-jest", app: "jest", node, commands: JEST },
    { name: "Jest 30, babel-jest, ts-jest", app: "jest", node, versions: JEST_30, commands: JEST },
  ]),
];
