import type { Contender } from "./contenders/contender.ts";
import { floor, jsonParse } from "./contenders/floor.ts";
import { ours } from "./contenders/ours.ts";
import { PEERS } from "./peers.ts";

/** Us, the floor, and unless they are not wanted all others whose packages are installed and run here. */
export async function loadContenders(
  onlyOurs: boolean,
): Promise<{ contenders: Contender[]; missing: Record<string, string> }> {
  const contenders: Contender[] = [ours, floor, jsonParse];
  const missing: Record<string, string> = {};
  for (const peer of onlyOurs ? [] : PEERS) {
    try {
      const module = await import(new URL(`./contenders/peers/${peer}.mjs`, import.meta.url).href);
      contenders.push((module as { contender: Contender }).contender);
    } catch (error) {
      missing[peer] = String(error).split("\n")[0]!;
    }
  }
  return { contenders, missing };
}
