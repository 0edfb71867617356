import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { Runtime } from "../../../src/runtime/runtime.ts";
import type { Scheduler } from "../../../src/runtime/scheduler.ts";
import { createLocalApi } from "../../../src/server/api/evaluation-api.ts";
import type { EvaluationApi } from "../../../src/server/mod.ts";
import { ServiceSocket } from "../../support/service-socket.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import type { RecordingLogger } from "../../support/recording-logger.ts";
import { Traffic } from "../../support/traffic.ts";
import { fixed, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag } from "../../support/wire.ts";

const SDK_KEY = "sdk-faults";

/** What is served where there are no flags. */
export const DEFAULT = "default";

/** A client and an API that can be spoilt, on real sockets and on one clock that is handed in. */
export class Stage {
  readonly clock: ManualScheduler;
  readonly api: EvaluationApi;
  readonly service: ServiceSocket;
  readonly logger: RecordingLogger = createRecordingLogger();
  /** Every value that the client has served. */
  readonly served: Set<string> = new Set();
  /** The paths of the requests that the client made. */
  readonly requests: string[] = [];
  readonly #runtime: Runtime;
  readonly #fetch: typeof fetch;
  #client: FeatureflipClient | undefined;

  private constructor(clock: ManualScheduler, api: EvaluationApi, service: ServiceSocket, traffic: Traffic) {
    this.clock = clock;
    this.api = api;
    this.service = service;
    this.#fetch = (input, init) => {
      this.requests.push(new URL(String(input)).pathname);
      return traffic.fetch(input, init);
    };
    const scheduler: Scheduler = {
      now: () => {
        traffic.stir(); // whoever asks for the time does something
        return clock.now();
      },
      random: () => clock.random(),
      after: (delay, callback) =>
        clock.after(delay, () => {
          callback();
          this.#look();
        }),
      detach: clock.detach,
    };
    this.#runtime = { ...detectRuntime(), scheduler };
  }

  /** Sets the stage, plays on it, and looks that nothing is left behind. */
  static async play(act: (stage: Stage) => Promise<void>): Promise<void> {
    const traffic = new Traffic();
    const clock = new ManualScheduler(1, { settle: traffic.rest });
    const api = createLocalApi({
      environment: wireSnapshot([flagOf("v1")], [wireSegment("pro-users")]),
      sdkKeys: [SDK_KEY],
      scheduler: clock,
      maxBacklogBytes: 2 ** 25,
    }).api;
    const service = await ServiceSocket.start({
      backend: (url, init) => api.fetch(new Request(url, init)),
      traffic,
      port: await lastingPort(),
    });
    const stage = new Stage(clock, api, service, traffic);
    try {
      await act(stage);
    } finally {
      await stage.#client?.close();
      api.close();
      await service.refuse();
    }
    if (clock.armed > 0) throw new Error(`${clock.armed} timers are left`);
  }

  get client(): FeatureflipClient {
    if (this.#client === undefined) throw new Error("The client has not been opened yet");
    return this.#client;
  }

  /** What the client serves. */
  get value(): string {
    return this.client.variation("tier", {}, DEFAULT);
  }

  /** Makes the client. */
  open(options: FeatureflipOptions = {}): FeatureflipClient {
    this.#client = createClient({
      sdkKey: SDK_KEY,
      baseUrl: this.service.baseUrl,
      sendEvents: false,
      logger: this.logger,
      fetch: this.#fetch,
      ...options,
    }, this.#runtime);
    this.#client.on("update", () => this.#look());
    return this.#client;
  }

  /** Makes the client, and waits until it has its flags. */
  async openReady(options?: FeatureflipOptions): Promise<void> {
    this.open(options);
    await this.clock.advanceUntil(() => this.client.isInitialized, 1000);
    this.#look();
  }

  /** Changes what the service serves. */
  edit(value: string): void {
    this.api.putFlag(flagOf(value));
  }

  /** Lets time pass until the client serves a value; returns how long that took, in ms. */
  async serves(value: string, most: number): Promise<number> {
    const took = await this.clock.advanceUntil(() => this.value === value, most);
    this.#look();
    return took;
  }

  #look(): void {
    if (this.#client !== undefined) this.served.add(this.value);
  }
}

/** A flag that serves one string. */
export function flagOf(value: string): WireFlag & { readonly type: "String" } {
  return {
    ...wireFlag("tier"),
    type: "String",
    variations: [{ key: "v", value }],
    fallthrough: fixed("v"),
    offVariation: "v",
  };
}
