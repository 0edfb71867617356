import { BODY_TIMEOUT_MS } from "../../contract/limits.ts";
import { scanJson } from "../../contract/parse-json.ts";
import { isRecord, kindOf } from "../../errors/format.ts";
import type { ContextInput, EvaluationContext } from "../../evaluation/evaluation-context.ts";
import { isJson, readText } from "../../http/read-body.ts";
import { withTimeout } from "../../runtime/scheduler.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { problem, Refusal } from "./answers.ts";

/** Bounds of a body. */
export interface BodyOptions {
  readonly maxBodyBytes: number;
  readonly scheduler: Scheduler;
}

/**
 * Reads the context in the body that a caller sent.
 *
 * @param key The key of the flag that is asked for: answers for a single flag name it.
 * @throws {Refusal} when the body is not JSON, or of another shape.
 */
export function parseContext(text: string, key: string | undefined): EvaluationContext {
  const refuse = (errorCode: string, errorDetails: string): Refusal =>
    new Refusal(400, { ...(key !== undefined && { key }), errorCode, errorDetails });
  let body: unknown;
  try {
    scanJson(text);
    body = JSON.parse(text);
  } catch {
    throw refuse("PARSE_ERROR", "The body must be JSON");
  }
  const context = isRecord(body) ? body.context ?? {} : undefined;
  if (!isRecord(context)) {
    throw refuse("INVALID_CONTEXT", `The body must be an object whose "context" is an object`);
  }
  const { targetingKey } = context;
  if (!["string", "number", "undefined"].includes(typeof (targetingKey ?? undefined))) {
    throw refuse("INVALID_CONTEXT", `The targeting key must be a string, but is ${kindOf(targetingKey)}`);
  }
  return context;
}

/**
 * Reads the body of a request.
 *
 * @throws {Refusal} when it is late, too long, or said not to be JSON.
 */
export async function readBody(
  request: Request,
  { maxBodyBytes, scheduler }: BodyOptions,
): Promise<string> {
  if (!isJson(request.headers)) {
    throw new Refusal(415, problem("The Content-Type must be application/json"));
  }
  const text = await withTimeout(
    readText(request.body, maxBodyBytes).catch(() => ""),
    BODY_TIMEOUT_MS,
    scheduler,
    () => {
      throw new Refusal(408, problem("The body did not arrive in time"), { connection: "close" });
    },
  );
  if (text !== undefined) return text;
  throw new Refusal(413, problem(`The body must be at most ${maxBodyBytes} bytes long`));
}

/** The context as a caller sent it, where the server adds nothing: the targeting key is its user id. */
export function fromClaims({ targetingKey, ...attributes }: EvaluationContext): EvaluationContext {
  // An empty key counts as absent, so the context's own user id is used.
  if (!isGiven(targetingKey)) return attributes;
  const { userId: _, ...others } = attributes;
  return { ...others, user_id: String(targetingKey), targetingKey };
}

/** What a caller claims, as an application sees it: the user has one spelling, `user_id`. */
export function toClaims({ targetingKey, userId, ...others }: EvaluationContext): EvaluationContext {
  const user = isGiven(targetingKey) ? targetingKey : others.user_id ?? userId ?? undefined;
  return user === undefined ? others : { ...others, user_id: String(user) };
}

/**
 * The context that an application decided on, with its user in every spelling. Claims have `user_id` alone, so a user in
 * another spelling is the application's, also an absent one: `{ ...sent, userId: session?.user }`.
 */
export function fromDecision(decision: ContextInput): EvaluationContext {
  const { targetingKey, userId, user_id, ...others } = (decision ?? {}) as EvaluationContext;
  const has = (name: string): boolean => Object.hasOwn(decision ?? {}, name);
  const user = has("targetingKey") ? targetingKey : has("userId") ? userId : user_id;
  return isGiven(user) ? { ...others, user_id: user, targetingKey: user } : others;
}

function isGiven(user: unknown): boolean {
  return user !== undefined && user !== null && user !== "";
}
