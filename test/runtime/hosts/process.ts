/** Node (the built package), Deno and Bun (the sources): `… process.ts ORIGIN`. */
import process from "node:process";
import { watchWork } from "../watch-work.ts";
import { report } from "./report.ts";

// The suite imports the package, and that import may start nothing (contract §6).
const stop = watchWork();
const { runSuite } = await import("../suite.ts");
const uses = stop();
if (uses.length > 0) throw new Error(`Importing the package used ${uses.join(", ")}`);

report(await runSuite({ origin: process.argv[2] ?? "" }));
