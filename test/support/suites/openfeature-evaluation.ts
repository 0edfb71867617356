/**
 * OpenFeature's own suites for evaluations (`evaluation_v2`) and hooks, specification 0.9.0, for the flags of
 * `test/support/openfeature-environment.ts`. Left out: the reason `CACHED`, since nothing is cached, and metadata of a flag's
 * own, which the wire does not have. A provider that is not ready, failed, fatal or stale: featureflip-provider.test.ts.
 */
import type {
  Client,
  EvaluationContext,
  EvaluationDetails,
  FlagEvaluationOptions,
  Hook,
  JsonValue,
} from "@openfeature/server-sdk";
import { expectEqual, expectTrue } from "../../runtime/expect.ts";

/** One scenario. */
export interface OpenFeatureCase {
  readonly name: string;
  /** Throws, or rejects, when the scenario does not hold. */
  run(): void | Promise<void>;
}

const PICTURES = { showImages: true, title: "Check out these pics!", imagesPerPage: 100 };

/** Asks for a flag by the type of the default. */
export function openFeatureDetails(
  client: Client,
  key: string,
  defaultValue: JsonValue,
  context?: EvaluationContext,
  options?: FlagEvaluationOptions,
): Promise<EvaluationDetails<JsonValue>> {
  switch (typeof defaultValue) {
    case "boolean":
      return client.getBooleanDetails(key, defaultValue, context, options);
    case "string":
      return client.getStringDetails(key, defaultValue, context, options);
    case "number":
      return client.getNumberDetails(key, defaultValue, context, options);
    default:
      return client.getObjectDetails(key, defaultValue, context, options);
  }
}

/**
 * The scenarios, with the numbers that they have in OpenFeature's specification.
 *
 * @param getClient Gives the client of a provider that is ready, when a scenario runs.
 */
export function openFeatureCases(getClient: () => Client): OpenFeatureCase[] {
  function details(
    key: string,
    defaultValue: JsonValue,
    context?: EvaluationContext,
  ): Promise<EvaluationDetails<JsonValue>> {
    return openFeatureDetails(getClient(), key, defaultValue, context);
  }

  return [
    {
      name: "the provider is ready once it is initialized (1.7.3)",
      run() {
        expectEqual(getClient().providerStatus, "READY", "status");
        expectEqual(getClient().metadata.providerMetadata.name, "featureflip", "name");
      },
    },
    ...each<[string, JsonValue, JsonValue, string]>(
      [
        ["boolean-flag", false, true, "on"],
        ["string-flag", "bye", "hi", "greeting"],
        ["integer-flag", 1, 10, "ten"],
        ["float-flag", 0.1, 0.5, "half"],
        ["object-flag", {}, PICTURES, "template"],
        ["object-flag", null, PICTURES, "template"],
        ["list-flag", [], ["a", "b"], "two"],
      ],
      ([key, defaultValue]) =>
        `${key}, default ${
          show(defaultValue)
        }, resolves with its variant, statically (1.3.1.1, 1.4.1.1, 1.4.3-1.4.7)`,
      async ([key, defaultValue, value, variant]) => {
        const found = await details(key, defaultValue);
        expectFields(found, { flagKey: key, value, variant, reason: "STATIC", errorCode: undefined });
      },
    ),
    ...each<[string, JsonValue, JsonValue]>(
      [
        ["boolean", true, false],
        ["string", "hi", ""],
        ["integer", 1, 0],
        ["float", 0.1, 0],
        ["object", { a: 1 }, {}],
      ],
      ([type]) => `the ${type} that is nothing resolves, and tells why (1.4.7)`,
      async ([type, defaultValue, value]) => {
        expectFields(await details(`${type}-zero-flag`, defaultValue), { value, reason: "STATIC" });
        const targeted = `${type}-targeted-zero-flag`;
        const ballmer = await details(targeted, defaultValue, { email: "ballmer@macrosoft.com" });
        expectFields(ballmer, { value, reason: "TARGETING_MATCH" });
        for (const context of [{ email: "ballmer@none.com" }, {}, undefined, { email: null }]) {
          expectFields(await details(targeted, defaultValue, context), { value, reason: "DEFAULT" });
        }
      },
    ),
    {
      name: "a flag resolves by several attributes of the context (1.3.1.1)",
      async run() {
        const staff = { fn: "Sulisław", ln: "Świętopełk", age: 29 };
        for (const customer of ["false", false]) {
          const found = await details("context-aware", "EXTERNAL", { ...staff, customer });
          expectFields(found, { value: "INTERNAL", reason: "TARGETING_MATCH" });
        }
        const empty = await details("context-aware", "UNKNOWN", {});
        expectFields(empty, { value: "EXTERNAL", reason: "DEFAULT" });
      },
    },
    ...each<JsonValue>(
      [false, "bye", 1, 0.1, { a: 1 }, null],
      (defaultValue) =>
        `a flag that does not exist gives the default ${
          show(defaultValue)
        }, and throws nothing (1.4.8-1.4.10, 1.4.13)`,
      async (defaultValue) => {
        const found = await details("missing-flag", defaultValue);
        expectFields(found, {
          value: defaultValue,
          reason: "ERROR",
          errorCode: "FLAG_NOT_FOUND",
          errorMessage: 'Flag "missing-flag" not found',
        });
      },
    ),
    ...each<[string, JsonValue]>(
      [
        ["boolean-flag", "bye"],
        ["boolean-flag", 1],
        ["boolean-flag", 0.1],
        ["boolean-flag", {}],
        ["string-flag", false],
        ["string-flag", 1],
        ["string-flag", {}],
        ["wrong-flag", 13],
        ["integer-flag", false],
        ["integer-flag", "fallback"],
        ["float-flag", false],
        ["float-flag", "fallback"],
        ["object-flag", false],
        ["object-flag", "fallback"],
        ["object-flag", 1],
      ],
      ([key, defaultValue]) =>
        `${key} gives the default where it is asked for as another type: ${show(defaultValue)} (1.3.4)`,
      async ([key, defaultValue]) => {
        const found = await details(key, defaultValue);
        expectFields(found, { value: defaultValue, reason: "ERROR", errorCode: "TYPE_MISMATCH" });
        expectTrue(found.errorMessage?.includes(key) === true, `the message names no ${key}`);
      },
    ),
    ...each<[string, JsonValue]>(
      [
        ["boolean-disabled-flag", false],
        ["string-disabled-flag", "bye"],
        ["integer-disabled-flag", 1],
        ["float-disabled-flag", 0.1],
        ["object-disabled-flag", { a: 1 }],
      ],
      ([key]) => `${key} has the reason DISABLED (1.4.7)`,
      async ([key, value]) => {
        expectFields(await details(key, value), { value, variant: "off", reason: "DISABLED" });
      },
    ),
    {
      name: "the flag's version, its environment and the rule are told, frozen (1.4.14)",
      async run() {
        const { flagMetadata } = await details("metadata-flag", false);
        const told = { flagSetId: "env-openfeature", version: 7, ruleId: "everybody" };
        expectEqual(flagMetadata, told, "metadata");
        expectTrue(Object.isFrozen(flagMetadata), "the metadata can be changed");
      },
    },
    {
      name: "the caller's context stays as it was (1.4.14.1)",
      async run() {
        const context = { targetingKey: "u-123", userId: "u-9", plan: { name: "pro" } };
        const before = structuredClone(context);
        await details("targeting-key-flag", false, context);
        expectEqual(context, before, "context");
      },
    },
    {
      name: "hooks run in their order (1.5.1)",
      async run() {
        const order: string[] = [];
        const hook = (name: string) => ({ before: () => void order.push(`before ${name}`) });
        const hooks = [hook("first"), hook("second")];
        await getClient().getBooleanValue("boolean-flag", false, {}, { hooks });
        expectEqual(order, ["before first", "before second"], "order");
      },
    },
    ...each<[string, JsonValue, Partial<EvaluationDetails<JsonValue>>]>(
      [
        ["boolean-flag", false, { value: true, variant: "on", reason: "STATIC" }],
        ["missing-flag", "uh-oh", { value: "uh-oh", reason: "ERROR", errorCode: "FLAG_NOT_FOUND" as never }],
        ["wrong-flag", false, { value: false, reason: "ERROR", errorCode: "TYPE_MISMATCH" as never }],
      ],
      ([key]) => `hooks receive the details of ${key} (4.3.5-4.3.8)`,
      async ([key, defaultValue, expected]) => {
        const stages: string[] = [];
        const keep = (stage: string) => (_: unknown, details: EvaluationDetails<JsonValue>): void => {
          stages.push(stage);
          expectFields(details, { flagKey: key, ...expected });
        };
        const hook: Hook = {
          before: () => void stages.push("before"),
          after: keep("after"),
          error: () => void stages.push("error"),
          finally: keep("finally"),
        };
        await openFeatureDetails(getClient(), key, defaultValue, {}, { hooks: [hook] });
        const failed = expected.errorCode !== undefined;
        expectEqual(stages, ["before", failed ? "error" : "after", "finally"], "stages");
      },
    ),
  ];
}

/** A scenario for each row, as an outline of scenarios has them. */
function each<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  run: (row: Row) => Promise<void>,
): OpenFeatureCase[] {
  return rows.map((row) => ({ name: nameOf(row), run: () => run(row) }));
}

function expectFields(
  found: EvaluationDetails<JsonValue>,
  expected: Partial<Record<keyof EvaluationDetails<JsonValue>, unknown>>,
): void {
  for (const [field, value] of Object.entries(expected)) {
    expectEqual(Reflect.get(found, field), value, `${field} of ${found.flagKey}`);
  }
}

function show(value: JsonValue): string {
  return JSON.stringify(value);
}
