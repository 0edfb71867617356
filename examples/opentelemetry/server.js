// A Node server whose traces record the flags that each request evaluated. Spans are printed to the console:
//   FEATUREFLIP_SDK_KEY=… node examples/opentelemetry/server.js      (in this repository after `npm run build`)
import { createServer } from "node:http";
import process from "node:process";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { FeatureflipClient } from "@featureflip/sdk";
import { openTelemetryInspector } from "@featureflip/sdk/opentelemetry";

// `NodeSDK` or your vendor's package does this for you, with another exporter.
const spanProcessors = [new SimpleSpanProcessor(new ConsoleSpanExporter())];
const provider = new BasicTracerProvider({ spanProcessors });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const client = new FeatureflipClient({ inspectors: [openTelemetryInspector({ trace })] });
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const tracer = trace.getTracer("example");
const server = createServer((request, response) => {
  tracer.startActiveSpan("GET /", (span) => {
    const user = new URL(request.url, "http://localhost").searchParams.get("user");
    const darkMode = client.boolVariation("dark-mode", { user_id: user }, false); // adds an event to the active span
    response.end(darkMode ? "dark\n" : "light\n");
    span.end();
  });
});
server.listen(process.env.PORT ?? 3000, () => {
  console.log(`Listening on http://localhost:${server.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(() => Promise.all([client.close(), provider.shutdown()]));
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
  });
}
