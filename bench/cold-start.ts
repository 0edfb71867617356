/**
 * Run as `cold-start.mjs FILE TEXT` in a fresh process: prints the time to import a contender, start it from the text
 * and evaluate a flag, in ms.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { makeUser, SIMPLE } from "./environment.ts";
import { loadContender } from "./load-contenders.ts";

const [file, path] = process.argv.slice(2);
const text = readFileSync(path!, "utf8");
const user = makeUser(1);

// The first import starts the runtime's loader. In an application this happens earlier, so it is not measured.
await import(new URL("./contenders/contender.mjs", import.meta.url).href);

const start = performance.now();
const contender = await loadContender(file!);
const evaluator = await contender.start(text);
const value = await evaluator.evaluate(SIMPLE, evaluator.toContext(user), false);
const took = performance.now() - start;
if (value !== true) throw new Error(`${contender.name} serves ${String(value)}`);
console.log(took);
process.exit();
