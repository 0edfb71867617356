import type { Contender } from "./contenders/contender.ts";
import { floor, jsonParse } from "./contenders/floor.ts";
import { ours } from "./contenders/ours.ts";

/** Us, the floor, and unless they are not wanted all others whose packages are installed and run here. */
export async function loadContenders(
  onlyOurs: boolean,
): Promise<{ contenders: Contender[]; missing: Record<string, string> }> {
  const contenders: Contender[] = [ours, floor, {
    ...jsonParse,
    cannot: { all: "it evaluates nothing" },
  }];
  const missing: Record<string, string> = {};
  if (onlyOurs) return { contenders, missing };
  await Promise.resolve();
  return { contenders, missing };
}
