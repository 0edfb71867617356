import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import { createLocalApi } from "../../../src/server/api/evaluation-api.ts";
import type { EvaluationApi, Relay, RelayOptions, WireSnapshot } from "../../../src/server/mod.ts";
import { createRelayOn } from "../../../src/server/relay/relay.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import type { RecordingLogger } from "../../support/recording-logger.ts";
import { ENVIRONMENT } from "./local-api.ts";

/** The key that the relay sends. */
export const UPSTREAM_KEY = "sdk-upstream-5d1e";

/** The keys that it takes. */
const RELAY_KEYS: readonly string[] = ["relay-web", "relay-jobs"];

/** A relay before a service in memory, and a clock that stands still. */
export class RelayFixture {
  readonly scheduler: ManualScheduler;
  readonly logger: RecordingLogger = createRecordingLogger();
  readonly service: EvaluationApi;
  readonly relay: Relay;
  /** What the service was asked: `"GET /v1/sdk/stream"` and so on. */
  readonly asked: string[] = [];
  /** Answers in the service's place; `undefined` leaves it to the service. */
  fault: ((request: Request) => Response | Promise<Response> | undefined) | undefined;
  /** The fixture whose service and clock this one uses. */
  readonly #host: RelayFixture;
  /** How many requests the service has yet to answer. */
  #asking = 0;

  /** With `host`, a relay beside another one of the same service. */
  constructor(
    options: Partial<RelayOptions> = {},
    environment: WireSnapshot = ENVIRONMENT,
    host?: RelayFixture,
  ) {
    this.#host = host ?? this;
    this.scheduler = host?.scheduler ?? new ManualScheduler(1, { settle: () => this.settle() });
    this.service = host?.service ?? createLocalApi({
      environment,
      sdkKeys: [UPSTREAM_KEY],
      hosts: ["service"],
      scheduler: this.scheduler,
    }).api;
    const runtime = { ...detectRuntime(), hasBackground: true, scheduler: this.scheduler };
    this.relay = createRelayOn(runtime, {
      sdkKeys: RELAY_KEYS,
      logger: this.logger,
      ...options,
      upstream: {
        sdkKey: UPSTREAM_KEY,
        baseUrl: "http://service",
        fetch: this.#fetch,
        ...options.upstream as FeatureflipOptions,
      },
    });
  }

  /** Makes a relay that has its flags. */
  static async started(options?: Partial<RelayOptions>, environment?: WireSnapshot): Promise<RelayFixture> {
    const fixture = new RelayFixture(options, environment);
    do await fixture.settle(); while (fixture.relay.status.upstream.state === "NOT_READY");
    return fixture;
  }

  /**
   * Lets everything happen that needs no time. Keys are compared by digests, which another thread computes: a busy machine
   * lets the service's answers wait for them, and everything else takes turns of the event loop.
   */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      await new Promise((resolve) => setTimeout(resolve));
      if (this.#host.#asking > 0) turn = -1;
    }
  }

  /** Asks the relay, as one of its clients does unless told otherwise. An object as the body becomes JSON. */
  ask(
    path: string,
    { body, headers, method = body === undefined ? "GET" : "POST" }: {
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly method?: string;
    } = {},
  ): Promise<Response> {
    return this.relay.fetch(
      new Request(`http://relay.internal${path}`, {
        method,
        headers: { authorization: RELAY_KEYS[0]!, "content-type": "application/json", ...headers },
        ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
      }),
    );
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    this.asked.push(`${request.method} ${new URL(request.url).pathname}`);
    return await this.fault?.(request) ?? await this.#ask(request);
  };

  async #ask(request: Request): Promise<Response> {
    this.#host.#asking++;
    try {
      return await this.service.fetch(request);
    } finally {
      this.#host.#asking--;
    }
  }
}
