/** One project in which the package is installed, and what must work there. */
export interface Case {
  /** A folder of test/apps, with a package.json of its own. */
  readonly app: string;
  /** Versions in place of those of its package.json. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Runs on every change, not only at night. */
  readonly daily?: boolean;
  /** Node's version, as the package `node` has it; that of this process by default. */
  readonly node?: string;
  readonly manager?: Manager;
  /** Each is run by Node in the project: a program and its arguments. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
}

/** What installs. */
export type Manager = "npm" | "pnpm" | "yarn" | "yarn-pnp";

const TSC = "../tsc.mjs";

const PEERS = [[TSC], ["out/main.js"]] as const;

/** Newest versions. */
const NEWEST = {
  hono: "4.13.19",
  flags: "4.3.1",
  "@openfeature/core": "1.12.0",
  "@openfeature/server-sdk": "1.23.0",
};

export const MATRIX: readonly Case[] = [
  { app: "peers", daily: true, commands: PEERS },
  { app: "peers", versions: { ...NEWEST, typescript: "7.0.2" }, commands: PEERS },
];
