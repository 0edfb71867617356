import { deepStrictEqual } from "node:assert/strict";
import { Floor } from "./floor/floor.ts";
import { ROLLOUT } from "./environment.ts";
import { manyUsers, questions, snapshot, users } from "./workloads.ts";
import type { Stage } from "./workloads.ts";

const reference = new Floor(snapshot);
const isRollout = new Set(
  snapshot.flags.filter((flag) => flag.fallthrough.type === "Rollout").map((
    { key },
  ) => key),
);

/**
 * Compares a contender's values with the reference: every flag for every user, one by one and, where possible, all at
 * once. If its rollouts use another hash, checks their share instead, and that a user always gets the same value.
 *
 * @throws {Error} At the first difference.
 */
export async function checkOutcomes(
  { contender, evaluator, contexts, manyContexts }: Stage,
): Promise<void> {
  if (evaluator === undefined) return;
  for (const { key, fallback } of questions) {
    for (const [at, user] of users.entries()) {
      const expected = reference.variation(key, { ...user }, fallback);
      if (isRollout.has(key) && !contender.hashesAlike) continue;
      const actual = await evaluator.evaluate(key, contexts[at]!, fallback);
      if (actual !== expected) {
        throw new Error(
          `${contender.name} serves ${String(actual)} for ${key} to ${user.user_id}, not ${String(expected)}`,
        );
      }
    }
  }
  for (const [at, user] of contender.hashesAlike ? users.entries() : []) {
    deepStrictEqual(
      { ...await evaluator.allFlags?.(contexts[at]!) as object },
      { ...reference.allFlags({ ...user }) },
      `${contender.name} serves other flags at once to ${user.user_id}`,
    );
  }
  let on = 0;
  for (const context of manyContexts) {
    const first = await evaluator.evaluate(ROLLOUT, context, false);
    if (first !== await evaluator.evaluate(ROLLOUT, context, false)) {
      throw new Error(`${contender.name} flickers`);
    }
    if (first === true) on++;
  }
  const share = on / manyUsers.length;
  if (Math.abs(share - 0.5) > 0.03) {
    throw new Error(`${contender.name} serves a half to ${share}`);
  }
}
