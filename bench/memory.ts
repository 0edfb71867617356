/** Run as `memory.mjs FILE`: prints the memory of one client of a contender, in bytes. */
import process from "node:process";
import { collectGarbage } from "./collect-garbage.ts";
import type { Evaluator } from "./contenders/contender.ts";
import { FLAG_COUNT, makeSnapshot, makeUser } from "./environment.ts";
import { loadContender } from "./load-contenders.ts";

/** The number of clients: large enough that shared memory does not matter. */
const CLIENTS = 8;

const contender = await loadContender(process.argv[2]!);
const held: Evaluator[] = [];
// The first clients load code and the engine's feedback.
for (let at = 0; at < 3; at++) held.push(await start());
const before = inUse();
for (let at = 0; at < CLIENTS; at++) held.push(await start());
console.log(Math.round((inUse() - before) / CLIENTS));
// Keeps the clients reachable until here.
process.exit(held.length > CLIENTS ? 0 : 1);

/** A client of a thousand flags, each evaluated once. */
async function start(): Promise<Evaluator> {
  const evaluator = await contender.start(contender.toText(makeSnapshot(FLAG_COUNT)));
  const context = evaluator.toContext(makeUser(1));
  for (const { key, type } of makeSnapshot(FLAG_COUNT).flags) {
    await evaluator.evaluate(key, context, type === "Boolean" ? false : "");
  }
  return evaluator;
}

function inUse(): number {
  for (let each = 0; each < 5; each++) collectGarbage();
  return process.memoryUsage().heapUsed;
}
