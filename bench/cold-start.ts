/**
 * Measures a start in a fresh process: the time to import a contender, start it from a text and evaluate a flag, in ms. Before
 * and while it measures, nothing but `performance` is used: on Deno, reading `process` for the first time takes 30 ms, which
 * a contender must not be spared.
 */
import { makeUser, SIMPLE } from "./environment.ts";
import { loadContender } from "./load-contenders.ts";

/** Prints the time and ends the process. `footprint.ts` writes a program that calls this, since `argv` is of `process`. */
export async function measureStart(file: string, text: string): Promise<void> {
  const user = makeUser(1);
  // The first import starts the runtime's loader. In an application this happens earlier, so it is not measured.
  await import(new URL("./contenders/contender.mjs", import.meta.url).href);

  const start = performance.now();
  const contender = await loadContender(file);
  const evaluator = await contender.start(text);
  const value = await evaluator.evaluate(SIMPLE, evaluator.toContext(user), false);
  const took = performance.now() - start;
  if (value !== true) throw new Error(`${contender.name} serves ${String(value)}`);
  console.log(took);
  (await import("node:process")).exit();
}
