/**
 * The measuring loops. Each contender gets its own instance of this module, so that no loop has called another
 * contender's functions: compilers inline into it what they would inline into a user's code.
 */
import type { Context, Evaluator } from "./contenders/contender.ts";
import type { User } from "./environment.ts";

/** The arguments for one flag of a workload. */
export interface Question {
  readonly key: string;
  readonly fallback: boolean | string;
}

/** Evaluates one flag for each user in turn; returns how often it was on. */
export function evaluateOne(
  { evaluate }: Evaluator,
  key: string,
  contexts: readonly Context[],
  times: number,
): number {
  let on = 0;
  for (let at = 0, user = 0; at < times; at++) {
    if (evaluate(key, contexts[user]!, false) === true) on++;
    if (++user === contexts.length) user = 0;
  }
  return on;
}

/** Evaluates a sequence of flags, for each user in turn. */
export function evaluateMany(
  { evaluate }: Evaluator,
  questions: readonly Question[],
  contexts: readonly Context[],
  times: number,
): number {
  let on = 0;
  for (let at = 0, user = 0, flag = 0; at < times; at++) {
    const { key, fallback } = questions[flag]!;
    if (evaluate(key, contexts[user]!, fallback) === true) on++;
    if (++user === contexts.length) user = 0;
    if (++flag === questions.length) flag = 0;
  }
  return on;
}

/** Serves requests: each has a new context and evaluates ten flags. */
export function serveRequests(
  { evaluate, toContext }: Evaluator,
  questions: readonly Question[],
  users: readonly User[],
  times: number,
): number {
  let on = 0;
  for (let at = 0, user = 0, flag = 0; at < times; at++) {
    const context = toContext(users[user]!);
    for (let each = 0; each < 10; each++) {
      const { key, fallback } = questions[flag]!;
      if (evaluate(key, context, fallback) === true) on++;
      if (++flag === questions.length) flag = 0;
    }
    if (++user === users.length) user = 0;
  }
  return on;
}

/** Evaluates all flags for each user in turn. */
export function collectAll(
  { allFlags }: Pick<Required<Evaluator>, "allFlags">,
  contexts: readonly Context[],
  times: number,
): number {
  let objects = 0;
  for (let at = 0, user = 0; at < times; at++) {
    if (typeof allFlags(contexts[user]!) === "object") objects++;
    if (++user === contexts.length) user = 0;
  }
  return objects;
}

/** {@link evaluateOne} for a client that returns promises. */
export async function evaluateOneAsync(
  { evaluate }: Evaluator,
  key: string,
  contexts: readonly Context[],
  times: number,
): Promise<number> {
  let on = 0;
  for (let at = 0, user = 0; at < times; at++) {
    if (await evaluate(key, contexts[user]!, false) === true) on++;
    if (++user === contexts.length) user = 0;
  }
  return on;
}

/** {@link evaluateMany} for a client that returns promises. */
export async function evaluateManyAsync(
  { evaluate }: Evaluator,
  questions: readonly Question[],
  contexts: readonly Context[],
  times: number,
): Promise<number> {
  let on = 0;
  for (let at = 0, user = 0, flag = 0; at < times; at++) {
    const { key, fallback } = questions[flag]!;
    if (await evaluate(key, contexts[user]!, fallback) === true) on++;
    if (++user === contexts.length) user = 0;
    if (++flag === questions.length) flag = 0;
  }
  return on;
}

/** {@link serveRequests} for a client that returns promises. */
export async function serveRequestsAsync(
  { evaluate, toContext }: Evaluator,
  questions: readonly Question[],
  users: readonly User[],
  times: number,
): Promise<number> {
  let on = 0;
  for (let at = 0, user = 0, flag = 0; at < times; at++) {
    const context = toContext(users[user]!);
    for (let each = 0; each < 10; each++) {
      const { key, fallback } = questions[flag]!;
      if (await evaluate(key, context, fallback) === true) on++;
      if (++flag === questions.length) flag = 0;
    }
    if (++user === users.length) user = 0;
  }
  return on;
}

/** {@link collectAll} for a client that returns promises. */
export async function collectAllAsync(
  { allFlags }: Pick<Required<Evaluator>, "allFlags">,
  contexts: readonly Context[],
  times: number,
): Promise<number> {
  let objects = 0;
  for (let at = 0, user = 0; at < times; at++) {
    if (typeof await allFlags(contexts[user]!) === "object") objects++;
    if (++user === contexts.length) user = 0;
  }
  return objects;
}
