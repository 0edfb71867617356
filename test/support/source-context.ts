import type { DataSourceContext } from "../../src/data-source/data-source.ts";
import { createHttpClient } from "../../src/http/http-client.ts";
import type { HttpClient, HttpClientOptions } from "../../src/http/http-client.ts";
import { ManualScheduler } from "./manual-scheduler.ts";
import { MemorySink } from "./memory-sink.ts";
import { Service } from "./service.ts";
import { createRecordingLogger } from "./recording-logger.ts";
import type { RecordingLogger } from "./recording-logger.ts";

/** The SDK key of the tests; it must turn up in no message. */
export const SDK_KEY = "sdk-test-7f3a9c";

/** All that a data source works with, in memory. */
export interface SourceContext extends DataSourceContext {
  readonly sink: MemorySink;
  readonly scheduler: ManualScheduler;
  readonly logger: RecordingLogger;
  readonly service: Service;
  readonly http: HttpClient;
}

/** Makes a client of `fetch` for tests. */
export function createTestHttpClient(
  options: Pick<HttpClientOptions, "fetch" | "scheduler" | "logger"> & Partial<HttpClientOptions>,
): HttpClient {
  return createHttpClient({
    sdkKey: SDK_KEY,
    baseUrl: "https://flags.example",
    version: "1.2.3",
    connectTimeout: 5000,
    readTimeout: 10_000,
    runtime: { name: "test", hasBackground: true, requestInit: {}, streamInit: {} },
    ...options,
  });
}

/** Makes what a data source works with, on a manual clock; without `background`, as on request-scoped runtimes. */
export function createSourceContext(seed = 1, background = true): SourceContext {
  const scheduler = new ManualScheduler(seed);
  const logger = createRecordingLogger();
  const service = new Service({ scheduler });
  const runtime = { hasBackground: background };
  const http = createTestHttpClient({
    fetch: service.fetch as typeof fetch,
    scheduler,
    logger,
    runtime: { name: "test", hasBackground: background, requestInit: {}, streamInit: {} },
  });
  const sink = new MemorySink();
  sink.now = () => scheduler.now();
  return { scheduler, logger, service, http, runtime, sink };
}
