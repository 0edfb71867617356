// node examples/evaluate/main.js ada      (in this repository after `npm run build`)
import { readFile } from "node:fs/promises";
import process from "node:process";
import { explain, Flags } from "@featureflip/sdk/evaluate";

// Wherever the snapshot comes from: here a file, elsewhere a store, a build step or another process.
const snapshot = JSON.parse(await readFile(new URL("../environment.json", import.meta.url), "utf8"));
const flags = new Flags(snapshot);

const user = { user_id: process.argv[2] ?? "ada", plan: "pro" };
console.log(flags.variation("pricing-tier", user, "free"));
console.log(flags.variationDetail("pricing-tier", user, "free").reason);
console.log(explain(flags, "pricing-tier", user).rules.length);
