import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import { createEvaluationApi, serve } from "../../../src/server/mod.ts";
import type { EnvironmentFile, EvaluationApi, EvaluationServer } from "../../../src/server/mod.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import type { RecordingLogger } from "../../support/recording-logger.ts";
import { wireFlag } from "../../support/wire.ts";
import { FaultProxy } from "./fault-proxy.ts";

/** How many looks in a row, a millisecond apart, must find nothing under way. */
const CALM_LOOKS = 4;

const SDK_KEY = "sdk-delivery";

/** A client, a fault proxy and a local API on real sockets, and a clock that is moved by hand. */
export class DeliveryFixture {
  readonly scheduler: ManualScheduler = new ManualScheduler();
  readonly logger: RecordingLogger = createRecordingLogger();
  readonly api: EvaluationApi;
  readonly proxy: FaultProxy;
  #server: EvaluationServer;
  #asked = 0;

  private constructor(api: EvaluationApi, server: EvaluationServer, proxy: FaultProxy) {
    this.api = api;
    this.#server = server;
    this.proxy = proxy;
  }

  /** Starts an API, by default with one flag, `dark-mode`, that is on for everybody. */
  static async start(
    environment: EnvironmentFile = { flags: [wireFlag("dark-mode")] },
  ): Promise<DeliveryFixture> {
    const api = createEvaluationApi({ environment, sdkKey: SDK_KEY, eventsKept: 100_000 });
    const server = await serve(api, { port: await lastingPort() });
    return new DeliveryFixture(api, server, await FaultProxy.start(server.url));
  }

  /** Makes a client that has its flags, and whose only further requests are for `/events`. */
  async connect(options: FeatureflipOptions = {}): Promise<FeatureflipClient> {
    const runtime = { ...detectRuntime(), scheduler: this.scheduler };
    const client = createClient({
      sdkKey: SDK_KEY,
      baseUrl: this.proxy.url,
      mode: "manual",
      logger: this.logger,
      fetch: this.#fetch,
      ...options,
    }, runtime);
    await client.refresh();
    return client;
  }

  /** Ends the API's server, as a deployment does. */
  async stopApi(): Promise<void> {
    await this.#server.close();
  }

  /** Serves the API again where it was. */
  async restartApi(): Promise<void> {
    this.#server = await serve(this.api, { port: Number(new URL(this.#server.url).port) });
  }

  /** Lets time pass once what it sets off has been answered, or will never be. */
  async advance(ms: number): Promise<void> {
    await this.scheduler.advance(0);
    await this.rest();
    await this.scheduler.advance(ms);
    await this.rest();
  }

  /** Resolves when no request is under way but one that the proxy holds. */
  async rest(): Promise<void> {
    for (let calm = 0; calm < CALM_LOOKS;) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      calm = this.#asked === this.proxy.held ? calm + 1 : 0;
    }
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.#server.close();
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
