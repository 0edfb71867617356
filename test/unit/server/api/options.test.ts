import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../../src/errors/configuration-error.ts";
import { createEvaluationApi } from "../../../../src/server/mod.ts";
import type { EvaluationApi, EvaluationApiOptions } from "../../../../src/server/mod.ts";
import { SDK_KEY } from "../local-api.ts";

describe("createEvaluationApi()", () => {
  const good = { environment: { flags: [] }, sdkKeys: [SDK_KEY] };

  it.each<[object, string, string]>([
    [
      { environment: { flags: [] } },
      "sdkKeys",
      "Cannot create Evaluation API: 'sdkKeys' is missing, it must be a list of at least one SDK key (visible ASCII characters)",
    ],
    [
      { sdkKeys: [SDK_KEY] },
      "environment",
      "Cannot create Evaluation API: 'environment' is missing, it must be an environment",
    ],
    [
      { ...good, sdkKeys: ["sdk secret"] },
      "sdkKeys",
      "Cannot create Evaluation API: 'sdkKeys' must be a list of at least one SDK key (visible ASCII characters)",
    ],
    [
      { ...good, sdkKeys: [] },
      "sdkKeys",
      "Cannot create Evaluation API: 'sdkKeys' must be a list of at least one SDK key (visible ASCII characters)",
    ],
    [
      { ...good, sdkKeys: SDK_KEY },
      "sdkKeys",
      "Cannot create Evaluation API: 'sdkKeys' must be a list of at least one SDK key (visible ASCII characters)",
    ],
    [
      { ...good, writeToken: "" },
      "writeToken",
      "Cannot create Evaluation API: 'writeToken' must be visible ASCII characters, at least one",
    ],
    [
      { ...good, pingInterval: 0 },
      "pingInterval",
      "Cannot create Evaluation API: 'pingInterval' must be a finite number of milliseconds, at least 1, but is 0",
    ],
    [
      { ...good, maxStreams: Infinity },
      "maxStreams",
      "Cannot create Evaluation API: 'maxStreams' must be a finite number of at least 1, but is Infinity",
    ],
    [
      { ...good, hosts: "localhost" },
      "hosts",
      "Cannot create Evaluation API: 'hosts' must be a list of host names, but is \"localhost\"",
    ],
    [
      { ...good, logger: { warn() {} } },
      "logger",
      "Cannot create Evaluation API: 'logger' must be an object with the functions debug, info, warn and error, but is an object",
    ],
  ])("refuses %j", (options, option, message) => {
    const create = (): EvaluationApi => createEvaluationApi(options as EvaluationApiOptions);
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(expect.objectContaining({ option, message }));
  });

  it("refuses an option that there is none for, without repeating what may be a key", () => {
    const create = (): EvaluationApi =>
      createEvaluationApi({ ...good, [SDK_KEY]: true } as EvaluationApiOptions);
    expect(create).toThrow(
      /: unknown option \(its name is not shown, because it may be the SDK key\)\. Known options: environment, sdkKeys, writeToken, hosts/,
    );
    expect(create).not.toThrow(SDK_KEY);
  });

  it("has no clock among its options: that one is internal", () => {
    const create = (): EvaluationApi =>
      createEvaluationApi({ ...good, scheduler: {} } as EvaluationApiOptions);
    expect(create).toThrow(/: unknown option 'scheduler'\. Known options: environment, (?!.*scheduler)/);
  });

  it("refuses a bad environment with its path and the reason", () => {
    const flags = [{
      key: "a",
      type: "Boolean",
      enabled: true,
      variations: [],
      fallthrough: { type: 1 },
    }];
    expect(() => createEvaluationApi({ ...good, environment: { flags } } as unknown as EvaluationApiOptions))
      .toThrow(
        expect.objectContaining({
          code: "INVALID_PAYLOAD",
          path: "flags[0].fallthrough.type",
          message: "flags[0].fallthrough.type must be a string, but is 1",
        }),
      );
  });
});
