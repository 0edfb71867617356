import { context, trace } from "@opentelemetry/api";
import type { Attributes } from "@opentelemetry/api";
import { logs } from "@opentelemetry/api-logs";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FeatureflipProvider } from "../../../../src/adapters/openfeature/mod.ts";
import { openTelemetryInspector } from "../../../../src/adapters/opentelemetry/mod.ts";
import type { OpenTelemetryOptions } from "../../../../src/adapters/opentelemetry/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { ConfigurationError } from "../../../../src/errors/configuration-error.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { conditionalFlag, fixed, wireFlag, wireSnapshot } from "../../../support/wire.ts";
import type { WireServe } from "../../../support/wire.ts";

const half: WireServe = {
  type: "Rollout",
  variations: [{ key: "on", weight: 50 }, { key: "off", weight: 50 }],
};

const FLAGS = [
  conditionalFlag("targeted", [{ attribute: "user_id", operator: "Equals", values: ["ada"] }]),
  wireFlag("split", { fallthrough: half, version: 7 }),
  wireFlag("split-rule", { rules: [{ id: "half", conditionGroups: [], serve: half }] }),
  wireFlag("disabled", { enabled: false }),
  wireFlag("blocked", { prerequisites: [{ prerequisiteFlagKey: "disabled", expectedVariationKey: "on" }] }),
  wireFlag("broken", { fallthrough: fixed("no-such-variation") }),
  wireFlag("circular", { prerequisites: [{ prerequisiteFlagKey: "circular", expectedVariationKey: "on" }] }),
];

const spans = new InMemorySpanExporter();
const records = new InMemoryLogRecordExporter();
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer(
  "test",
);
const logger = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: records })] })
  .getLogger("featureflip");

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

afterAll(() => {
  context.disable();
});

afterEach(() => {
  spans.reset();
  records.reset();
});

function connect(options: OpenTelemetryOptions): FeatureflipClient {
  return new FeatureflipClient({
    mode: "offline",
    bootstrap: wireSnapshot(FLAGS),
    inspectors: [openTelemetryInspector(options)],
    logger: createRecordingLogger(),
  });
}

/** What the only event record says. */
function recorded(): Attributes {
  const [record, ...more] = records.getFinishedLogRecords();
  expect(more).toEqual([]);
  records.reset();
  return record!.attributes as Attributes;
}

/** What one evaluation is recorded as. */
async function attributesOf(
  key: string,
  user: object = { user_id: "ada" },
  defaultValue: unknown = false,
  options: Partial<OpenTelemetryOptions> = {},
): Promise<Attributes> {
  const client = connect({ eventLogger: logger, ...options });
  client.variation(key, user, defaultValue);
  await client.close();
  return recorded();
}

describe("openTelemetryInspector()", () => {
  it("adds an event to the span that is active, under the names of the semantic conventions", async () => {
    const client = connect({ trace });
    await tracer.startActiveSpan("GET /", async (span) => {
      await Promise.resolve();
      client.variation("targeted", { user_id: "ada", email: "ada@example.com" }, false);
      client.variation("targeted", { user_id: "grace" }, false);
      span.end();
    });
    await client.close();
    const [span] = spans.getFinishedSpans();
    expect(span?.events.map(({ name }) => name)).toEqual(
      [conventions.EVENT_FEATURE_FLAG_EVALUATION, conventions.EVENT_FEATURE_FLAG_EVALUATION],
    );
    expect(span?.events[0]?.attributes).toEqual({
      [conventions.ATTR_FEATURE_FLAG_KEY]: "targeted",
      [conventions.ATTR_FEATURE_FLAG_PROVIDER_NAME]: "featureflip",
      [conventions.ATTR_FEATURE_FLAG_RESULT_REASON]:
        conventions.FEATURE_FLAG_RESULT_REASON_VALUE_TARGETING_MATCH,
      [conventions.ATTR_FEATURE_FLAG_RESULT_VARIANT]: "on",
      [conventions.ATTR_FEATURE_FLAG_SET_ID]: "env",
      [conventions.ATTR_FEATURE_FLAG_VERSION]: "1",
      [conventions.ATTR_FEATURE_FLAG_CONTEXT_ID]: "ada",
    });
    expect(span?.events[1]?.attributes).toMatchObject({
      [conventions.ATTR_FEATURE_FLAG_RESULT_REASON]: conventions.FEATURE_FLAG_RESULT_REASON_VALUE_DEFAULT,
      [conventions.ATTR_FEATURE_FLAG_RESULT_VARIANT]: "off",
      [conventions.ATTR_FEATURE_FLAG_CONTEXT_ID]: "grace",
    });
    expect(records.getFinishedLogRecords()).toEqual([]);
  });

  it("emits an event record that belongs to the span that is active, if one is", async () => {
    const client = connect({ eventLogger: logger });
    client.variation("targeted", {}, false);
    const spanContext = await tracer.startActiveSpan("job", async (span) => {
      await Promise.resolve();
      client.variation("targeted", {}, false);
      span.end();
      return span.spanContext();
    });
    await client.close();
    const [outside, inside] = records.getFinishedLogRecords();
    expect(outside).toMatchObject({ eventName: "feature_flag.evaluation", spanContext: undefined });
    expect(inside?.eventName).toBe("feature_flag.evaluation");
    expect(inside?.spanContext).toMatchObject({ traceId: spanContext.traceId, spanId: spanContext.spanId });
    expect(spans.getFinishedSpans()[0]?.events).toEqual([]);
  });

  it("says the same to both", async () => {
    const client = connect({ trace, eventLogger: logger });
    tracer.startActiveSpan("both", (span) => {
      client.variation("split", { user_id: 42 }, false);
      span.end();
    });
    await client.close();
    expect(spans.getFinishedSpans()[0]?.events[0]?.attributes).toEqual(recorded());
  });

  it("does nothing where no span is active, or the span is not sampled", async () => {
    const unsampled = new BasicTracerProvider({
      sampler: new AlwaysOffSampler(),
      spanProcessors: [new SimpleSpanProcessor(spans)],
    }).getTracer("unsampled");
    let asked = 0;
    const client = connect({
      trace: {
        getActiveSpan() {
          const span = trace.getActiveSpan();
          return span && {
            isRecording: () => span.isRecording(),
            addEvent: () => ++asked,
          };
        },
      },
    });
    expect(client.variation("targeted", {}, true)).toBe(false);
    unsampled.startActiveSpan("unsampled", (span) => {
      expect(client.variation("targeted", {}, true)).toBe(false);
      span.end();
    });
    expect(asked).toBe(0);
    tracer.startActiveSpan("sampled", () => client.variation("targeted", {}, true));
    expect(asked).toBe(1);
    await client.close();
  });

  it.each([
    ["targeted", conventions.FEATURE_FLAG_RESULT_REASON_VALUE_TARGETING_MATCH],
    ["split", conventions.FEATURE_FLAG_RESULT_REASON_VALUE_SPLIT],
    ["split-rule", conventions.FEATURE_FLAG_RESULT_REASON_VALUE_SPLIT],
    ["disabled", conventions.FEATURE_FLAG_RESULT_REASON_VALUE_DISABLED],
    ["blocked", "prerequisite_failed"],
    ["broken", conventions.FEATURE_FLAG_RESULT_REASON_VALUE_ERROR],
    ["circular", conventions.FEATURE_FLAG_RESULT_REASON_VALUE_ERROR],
    ["missing", conventions.FEATURE_FLAG_RESULT_REASON_VALUE_ERROR],
  ])("tells the reason and the error of %s as the OpenFeature provider does: %s", async (key, reason) => {
    const provider = new FeatureflipProvider({
      clientOptions: {
        mode: "offline",
        bootstrap: wireSnapshot(FLAGS),
        logger: createRecordingLogger(),
      },
    });
    await provider.initialize();
    const found = await provider.resolveBooleanEvaluation(key, false, { targetingKey: "ada" });
    await provider.onClose();

    const attributes = await attributesOf(key);
    expect(attributes[conventions.ATTR_FEATURE_FLAG_RESULT_REASON]).toBe(reason);
    expect(found.reason?.toLowerCase()).toBe(reason);
    expect(attributes[conventions.ATTR_ERROR_TYPE]).toBe(found.errorCode?.toLowerCase());
    expect(attributes[conventions.ATTR_FEATURE_FLAG_RESULT_VARIANT]).toBe(found.variant);
    expect(attributes[conventions.ATTR_FEATURE_FLAG_VERSION]).toBe(found.flagMetadata?.version?.toString());
    expect(attributes[conventions.ATTR_FEATURE_FLAG_SET_ID]).toBe(found.flagMetadata?.flagSetId);
  });

  it("records the message when the error type is not enough", async () => {
    expect(await attributesOf("missing")).not.toHaveProperty(
      [conventions.ATTR_FEATURE_FLAG_ERROR_MESSAGE],
    );
    expect(await attributesOf("targeted", {}, "text")).toMatchObject({
      [conventions.ATTR_ERROR_TYPE]: "type_mismatch",
      [conventions.ATTR_FEATURE_FLAG_ERROR_MESSAGE]:
        'Flag "targeted" serves a boolean, but the caller expects a string',
    });
    expect(await attributesOf("broken")).toMatchObject({
      [conventions.ATTR_ERROR_TYPE]: "parse_error",
      [conventions.ATTR_FEATURE_FLAG_ERROR_MESSAGE]: 'Flag "broken" has no variation "no-such-variation"',
    });
  });

  it("records that there were no flags yet", async () => {
    const client = new FeatureflipClient({
      mode: "manual",
      sdkKey: "sdk-not-ready",
      inspectors: [openTelemetryInspector({ eventLogger: logger })],
      logger: createRecordingLogger(),
    });
    client.variation("targeted", {}, false);
    const attributes = recorded();
    expect(attributes[conventions.ATTR_ERROR_TYPE]).toBe("provider_not_ready");
    expect(attributes).not.toHaveProperty([conventions.ATTR_FEATURE_FLAG_SET_ID]);
    await client.close();
  });

  it("records the value where there is no variation, unless it is an object", async () => {
    const { ATTR_FEATURE_FLAG_RESULT_VALUE: VALUE, ATTR_FEATURE_FLAG_RESULT_VARIANT: VARIANT } = conventions;
    for (const value of ["text", 3, false]) {
      const attributes = await attributesOf("missing", {}, value);
      expect([attributes[VALUE], VARIANT in attributes]).toEqual([value, false]);
    }
    for (const value of [{ secret: 1 }, null, ["a"]]) {
      expect(VALUE in await attributesOf("missing", {}, value)).toBe(false);
    }
    expect(VALUE in await attributesOf("targeted")).toBe(false);
  });

  it("leaves no warning about a user id that is an object to the next evaluation", () => {
    const other = createRecordingLogger();
    const another = FeatureflipClient.forTesting({ "dark-mode": true }, { logger: other });
    connect({ eventLogger: logger }).variation("split", { user_id: "u", userId: {} }, false);
    connect({ eventLogger: logger }).variation("disabled", { user_id: {} }, false);
    another.boolVariation("dark-mode", {}, false);
    expect(other.lines).toEqual([]);
  });

  it("records the user id as events do, and not at all with `contextId: false` (contract §5)", async () => {
    const { ATTR_FEATURE_FLAG_CONTEXT_ID: ID } = conventions;
    expect((await attributesOf("targeted", { userId: "grace" }))[ID]).toBe("grace");
    expect((await attributesOf("targeted", { userId: "grace", user_id: 7 }))[ID]).toBe("7");
    expect(ID in await attributesOf("targeted", { plan: "pro" })).toBe(false);
    expect(ID in await attributesOf("targeted", { user_id: "ada" }, false, { contextId: false })).toBe(false);
  });

  it("refuses options that lead nowhere", () => {
    expect(() => openTelemetryInspector({})).toThrow(ConfigurationError);
    expect(() => openTelemetryInspector({ contextId: false })).toThrow(/'trace' of @opentelemetry\/api/);
    const refused = (options: object) => () => openTelemetryInspector(options);
    expect(refused({ trace, contextID: false })).toThrow(
      /unknown option 'contextID'\. Known options: trace, eventLogger, contextId/,
    );
    expect(refused({ trace: {} })).toThrow(
      /'trace' must be 'trace' of @opentelemetry\/api, but is an object/,
    );
    expect(refused({ eventLogger: console })).toThrow(
      /'eventLogger' must be a logger of @opentelemetry\/api-logs/,
    );
    expect(refused({ trace, contextId: 1 })).toThrow(/'contextId' must be true or false, but is 1/);
  });

  it("takes what OpenTelemetry's API hands out, without a cast, before an SDK is registered too", async () => {
    const options: OpenTelemetryOptions = { trace, eventLogger: logs.getLogger("featureflip") };
    const client = connect(options);
    expect(client.variation("targeted", { user_id: "ada" }, false)).toBe(true);
    await client.close();
  });
});
