import type { Contender } from "./contenders/contender.ts";
import { jsonParse } from "./contenders/floor.ts";
import { OURS, PEERS } from "./peers.ts";

/** Us, the floor, and unless they are not wanted all others whose packages are installed and run here. */
export async function loadContenders(
  onlyOurs: boolean,
): Promise<{ contenders: Contender[]; missing: Record<string, string> }> {
  const contenders: Contender[] = [jsonParse];
  const missing: Record<string, string> = {};
  for (const { name, file } of onlyOurs ? OURS : [...OURS, ...PEERS]) {
    try {
      contenders.push(await loadContender(file));
    } catch (error) {
      missing[name] = String(error).split("\n")[0]!;
    }
  }
  return { contenders, missing };
}

/** One of them, from what was built of its file beside this module. */
export async function loadContender(file: string): Promise<Contender> {
  const module = await import(new URL(`./contenders/${file}.mjs`, import.meta.url).href);
  return (module as { contender: Contender }).contender;
}
