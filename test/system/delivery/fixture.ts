import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import { createEvaluationApi } from "../../../src/server/mod.ts";
import type { EnvironmentFile, EvaluationApi } from "../../../src/server/mod.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import type { RecordingLogger } from "../../support/recording-logger.ts";
import { wireFlag } from "../../support/wire.ts";
import { ServiceSocket } from "../../support/service-socket.ts";
import { EventFaults } from "./event-faults.ts";

/** How many looks in a row, a millisecond apart, must find nothing under way. */
const CALM_LOOKS = 4;

const SDK_KEY = "sdk-delivery";

/** A client, a local API on a real socket whose answers can be spoilt, and a clock that is moved by hand. */
export class DeliveryFixture {
  readonly scheduler: ManualScheduler = new ManualScheduler();
  readonly logger: RecordingLogger = createRecordingLogger();
  readonly api: EvaluationApi;
  readonly faults: EventFaults;
  readonly #socket: ServiceSocket;
  #asked = 0;

  private constructor(api: EvaluationApi, socket: ServiceSocket, faults: EventFaults) {
    this.api = api;
    this.#socket = socket;
    this.faults = faults;
  }

  /** Starts an API, by default with one flag, `dark-mode`, that is on for everybody. */
  static async start(
    environment: EnvironmentFile = { flags: [wireFlag("dark-mode")] },
  ): Promise<DeliveryFixture> {
    const api = createEvaluationApi({ environment, sdkKeys: [SDK_KEY], eventsKept: 100_000 });
    const faults = new EventFaults();
    const socket = await ServiceSocket.start({
      backend: (url, init) => api.fetch(new Request(url, init)),
      port: await lastingPort(),
      answer: faults.answer,
      keepAlive: true,
    });
    return new DeliveryFixture(api, socket, faults);
  }

  /** Makes a client that has its flags, and whose only further requests are for `/events`. */
  async connect(options: FeatureflipOptions = {}): Promise<FeatureflipClient> {
    const runtime = { ...detectRuntime(), scheduler: this.scheduler };
    const client = createClient({
      sdkKey: SDK_KEY,
      baseUrl: this.#socket.baseUrl,
      mode: "manual",
      logger: this.logger,
      fetch: this.#fetch,
      ...options,
    }, runtime);
    await client.refresh();
    return client;
  }

  /** Breaks every connection and listens no more, as a deployment does. */
  async stopApi(): Promise<void> {
    await this.#socket.refuse();
  }

  /** Serves the API again where it was. */
  async restartApi(): Promise<void> {
    await this.#socket.listen();
  }

  /** Lets time pass once what it sets off has been answered, or will never be. */
  async advance(ms: number): Promise<void> {
    await this.scheduler.advance(0);
    await this.rest();
    await this.scheduler.advance(ms);
    await this.rest();
  }

  /** Resolves when no request is under way but one that is never answered. */
  async rest(): Promise<void> {
    for (let calm = 0; calm < CALM_LOOKS;) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      calm = this.#asked === this.faults.held ? calm + 1 : 0;
    }
  }

  async stop(): Promise<void> {
    await this.#socket.refuse();
    await this.api.close();
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    this.#asked++;
    try {
      return await fetch(input, init);
    } finally {
      this.#asked--;
    }
  };
}
