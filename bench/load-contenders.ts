import type { Contender } from "./contenders/contender.ts";
import { jsonParse } from "./contenders/floor.ts";
import { OURS, PEERS } from "./peers.ts";

/** This SDK, the floor, and by default all other SDKs whose packages are installed and run on this runtime. */
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

/** Loads one contender from its built file next to this module. */
export async function loadContender(file: string): Promise<Contender> {
  const module = await import(new URL(`./contenders/${file}.mjs`, import.meta.url).href);
  return (module as { contender: Contender }).contender;
}
