import { createParser } from "eventsource-parser";
import type { EventSourceMessage } from "eventsource-parser";
import { createLocalApi } from "../../../src/server/api/evaluation-api.ts";
import type { LocalApiOptions } from "../../../src/server/api/evaluation-api.ts";
import type { EvaluationApi } from "../../../src/server/mod.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { conditionalFlag, fixed, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";
import type { WireSnapshot } from "../../support/wire.ts";

/** The SDK key of the APIs that tests make. */
export const SDK_KEY = "sdk-test-abc123";

/** Their write token. */
export const WRITE_TOKEN = "write-token";

/** A flag for everybody, one for pro users by condition, one for them by segment, one behind another, one that is off. */
export const ENVIRONMENT: WireSnapshot = wireSnapshot([
  wireFlag("dark-mode"),
  conditionalFlag("by-plan", [{ attribute: "plan", operator: "Equals", values: ["pro"] }]),
  wireFlag("by-segment", {
    rules: [{ id: "pro", segmentKey: "pro-users", serve: fixed("on") }],
    fallthrough: fixed("off"),
  }),
  wireFlag("behind", { prerequisites: [{ prerequisiteFlagKey: "by-plan", expectedVariationKey: "on" }] }),
  wireFlag("disabled", { enabled: false }),
], [wireSegment("pro-users")]);

/** Makes an API of {@linkcode ENVIRONMENT} that logs nowhere. */
export function createApi(options: Partial<LocalApiOptions> = {}): EvaluationApi {
  return createLocalApi({
    environment: ENVIRONMENT,
    sdkKeys: [SDK_KEY],
    writeToken: WRITE_TOKEN,
    logger: createRecordingLogger(),
    ...options,
  }).api;
}

/** Asks an API, as a client does unless told otherwise. An object as the body becomes JSON. */
export function ask(
  api: EvaluationApi,
  method: string,
  path: string,
  { body, headers }: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const secret = path.startsWith("/v1/local") ? `Bearer ${WRITE_TOKEN}` : SDK_KEY;
  return api.fetch(
    new Request(`http://127.0.0.1:8787${path}`, {
      method,
      headers: { authorization: secret, "content-type": "application/json", ...headers },
      ...(body === undefined ? undefined : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
}

/** The detail of a problem (RFC 9457), once its form is as it should be. */
export async function detailOf(response: Response): Promise<string> {
  const problem: unknown = await response.json();
  const { status, title, type, detail } = problem as Readonly<Record<string, unknown>>;
  const isProblem = response.headers.get("content-type") === "application/problem+json" &&
    status === response.status && type === "about:blank" && typeof title === "string" && title !== "";
  if (!isProblem) throw new Error(`This is no problem: ${response.status} ${JSON.stringify(problem)}`);
  return String(detail);
}

/** A stream's events, one at a time. */
export interface StreamReader {
  /** The next event; `undefined` when the stream has ended. */
  next(): Promise<{ readonly event: string | undefined; readonly data: unknown } | undefined>;
  /** Loses the connection. */
  cancel(): Promise<void>;
}

/** Reads the stream of a response. */
export function readStream(response: Response): StreamReader {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event) });
  const decoder = new TextDecoder();
  const reader = response.body!.getReader();
  return {
    async next() {
      while (events.length === 0) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        parser.feed(decoder.decode(value, { stream: true }));
      }
      const { event, data } = events.shift()!;
      return { event, data: JSON.parse(data) };
    },
    cancel: () => reader.cancel(),
  };
}

/** Opens a stream of an API. */
export async function openStream(api: EvaluationApi): Promise<StreamReader> {
  return readStream(await ask(api, "GET", "/v1/sdk/stream"));
}
