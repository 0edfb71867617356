/** Node (the built package), Deno and Bun (the sources): `… process.ts ORIGIN`. */
import process from "node:process";
import { runSuite } from "../suite.ts";
import { report } from "./report.ts";

report(await runSuite({ origin: process.argv[2] ?? "" }));
