import type { FeatureflipClient } from "../../src/client/client.ts";
import { createClient } from "../../src/client/create-client.ts";
import type { FeatureflipOptions } from "../../src/client/options.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { ManualScheduler } from "./manual-scheduler.ts";
import { createRecordingLogger } from "./recording-logger.ts";
import type { RecordingLogger } from "./recording-logger.ts";
import { wireFlag, wireSnapshot } from "./wire.ts";
import type { WireSnapshot } from "./wire.ts";
import { Service } from "./service.ts";

/** Clients of one SDK key that no other test uses, a clock that stands still, and a service in memory. */
export interface Fixture {
  readonly sdkKey: string;
  readonly scheduler: ManualScheduler;
  readonly service: Service;
  readonly runtime: Runtime;
  /** What all clients that bring no logger of their own are told. */
  readonly logger: RecordingLogger;
  /** Makes one more client. */
  connect(options?: FeatureflipOptions): FeatureflipClient;
}

/** Options of {@linkcode createFixture}. */
export interface FixtureOptions {
  readonly snapshot?: WireSnapshot;
  readonly runtime?: Partial<Runtime>;
}

let fixtures = 0;

/** Makes a fixture; the service has one flag, `dark-mode`, that is on for everybody. */
export function createFixture(
  { snapshot = wireSnapshot([wireFlag("dark-mode")]), runtime }: FixtureOptions = {},
): Fixture {
  const sdkKey = `sdk-test-${++fixtures}-7f3a9c`;
  const scheduler = new ManualScheduler();
  const service = new Service({ snapshot });
  const logger = createRecordingLogger();
  const fake: Runtime = {
    name: "test",
    hasBackground: true,
    requestInit: {},
    streamInit: {},
    scheduler,
    env: () => undefined,
    waitUntil: () => undefined,
    ...runtime,
  };
  return {
    sdkKey,
    scheduler,
    service,
    runtime: fake,
    logger,
    connect: (options = {}) => createClient({ sdkKey, fetch: service.fetch, logger, ...options }, fake),
  };
}

/** A fixture on a request-scoped runtime (contract §6.1). */
export function createRequestFixture(options: FixtureOptions = {}): Fixture {
  const runtime = { hasBackground: false, ...options.runtime };
  return createFixture({ ...options, runtime });
}

/** How a promise ended that is expected to be rejected. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError(`It was rejected with a ${typeof error}`);
  }
  throw new Error("It was not rejected");
}
