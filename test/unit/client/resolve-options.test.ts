import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../../../src/adapters/stores/mod.ts";
import { FeatureflipClient } from "../../../src/client/client.ts";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { resolveOptions } from "../../../src/client/resolve-options.ts";
import type { CoreOptions, OptionSource } from "../../../src/client/resolve-options.ts";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { consoleLogger } from "../../../src/runtime/logger.ts";
import { runs } from "../../support/runs.ts";

const SDK_KEY = "sdk-test-7f3a9c";
const NO_ENV: OptionSource = { env: () => undefined, name: "" };

/** Options as plain JavaScript hands them in. */
type Loose = Readonly<Record<string, unknown>>;

function resolve(options: Loose = {}, source: OptionSource = NO_ENV): CoreOptions {
  return resolveOptions({ sdkKey: SDK_KEY, ...options } as FeatureflipOptions, source).core;
}

function errorOf(options: unknown, source: OptionSource = NO_ENV): ConfigurationError {
  try {
    resolveOptions(options as FeatureflipOptions, source);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("The options were accepted");
}

/** An environment that counts what it is asked. */
function countingEnv(
  variables: Readonly<Record<string, string>> = {},
): OptionSource & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    name: "",
    env(name) {
      asked.push(name);
      return variables[name];
    },
  };
}

/** All that an error can tell whoever prints it. */
function everythingAbout(error: ConfigurationError): string {
  const own = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)));
  return [String(error), error.message, error.stack, error.option, JSON.stringify(error), error.cause, ...own]
    .map(String).join("\n");
}

const TIMES = [
  "connectTimeout",
  "readTimeout",
  "initTimeout",
  "pollInterval",
  "maxAge",
  "maxStale",
  "flushInterval",
] as const;

describe("resolveOptions()", () => {
  it("fills in every default (contract §7)", () => {
    expect(resolveOptions({ sdkKey: SDK_KEY }, NO_ENV)).toEqual({
      core: {
        sdkKey: SDK_KEY,
        baseUrl: "https://eval.featureflip.io",
        connectTimeout: 5_000,
        readTimeout: 10_000,
        initTimeout: 10_000,
        mode: "auto",
        pollInterval: 30_000,
        pollAfterFailures: 5,
        maxAge: 30_000,
        maxStale: 300_000,
        bootstrap: undefined,
        sendEvents: true,
        flushInterval: 30_000,
        flushBatchSize: 100,
        evaluationEvents: "all",
        privateAttributes: [],
        defaultContext: undefined,
        fetch: undefined,
      },
      handle: { inspectors: [], waitUntil: undefined, logger: consoleLogger },
    });
  });

  it("ignores each option that is undefined", () => {
    const names = Object.keys(resolveOptions({ sdkKey: SDK_KEY }, NO_ENV).core);
    const options = Object.fromEntries(
      [...names, "inspectors", "waitUntil", "logger", "streaming"].map((name) => [name, undefined]),
    );
    expect(resolve({ ...options, sdkKey: SDK_KEY })).toEqual(resolve());
  });

  it("accepts the least and very much of every number (contract §7)", () => {
    for (const name of TIMES) {
      const least = name === "pollInterval" ? 1_000 : 1;
      for (const value of [least, least + 0.5, 2 ** 31, Number.MAX_VALUE]) {
        expect(resolve({ [name]: value })[name], name).toBe(value);
      }
    }
    expect(resolve({ pollAfterFailures: 0 }).pollAfterFailures).toBe(0);
    expect(resolve({ flushBatchSize: 1 }).flushBatchSize).toBe(1);
  });

  it("accepts every mode and every kind of evaluation events", () => {
    for (const mode of ["auto", "streaming", "polling", "lazy", "manual", "offline"]) {
      expect(resolve({ mode }).mode).toBe(mode);
    }
    for (const evaluationEvents of ["all", "unique", "hourly", "none"]) {
      expect(resolve({ evaluationEvents }).evaluationEvents).toBe(evaluationEvents);
    }
  });

  it("names the option, the value and what is allowed of a wrong number (contract §7)", () => {
    for (const name of [...TIMES, "pollAfterFailures", "flushBatchSize"]) {
      const wrong = [-1, Number.NaN, Number.POSITIVE_INFINITY, null, true, "x".repeat(13), 5n, [], {}];
      for (const value of name === "pollAfterFailures" ? wrong : [...wrong, 0]) {
        const error = errorOf({ sdkKey: SDK_KEY, [name]: value });
        expect(error.option).toBe(name);
        expect(error.message).toContain(`'${name}'`);
        expect(error.message).toMatch(/at least (0|1|1000)\b/);
        expect(error.message).toMatch(/but is (-1|NaN|Infinity|null|true|0|an? \w+)/);
      }
    }
    expect(errorOf({ sdkKey: SDK_KEY, pollInterval: 999 }).message).toBe(
      "Cannot create client: 'pollInterval' must be a finite number of milliseconds, at least 1,000, but is 999",
    );
    expect(errorOf({ sdkKey: SDK_KEY, flushBatchSize: 1.5 }).message).toContain(
      "a whole number of at least 1",
    );
  });

  it.each([
    ["streaming", "yes", "true or false"],
    ["sendEvents", 1, "true or false"],
    ["mode", "turbo", `"auto", "streaming", "polling", "lazy", "manual", "offline", but is "turbo"`],
    ["evaluationEvents", "some", `"all", "unique", "hourly", "none", but is "some"`],
    ["bootstrap", [], "a snapshot"],
    ["bootstrap", null, "a snapshot"],
    ["bootstrap", "{}", "a snapshot"],
    ["privateAttributes", "email", "a list of attribute names"],
    ["privateAttributes", [1], "a list of attribute names"],
    ["defaultContext", [], "an object of attributes"],
    ["defaultContext", "user", "an object of attributes"],
    ["defaultContext", FeatureflipClient.forTesting(), "an object of attributes, but is a client"],
    ["defaultContext", Promise.resolve({}), "an object of attributes, but is a promise"],
    ["inspectors", () => {}, "a list of functions"],
    ["inspectors", [{}], "a list of functions"],
    ["waitUntil", {}, "a function"],
    ["fetch", "fetch", "a function"],
    ["logger", { warn() {} }, "debug, info, warn and error"],
    ["sdkKey", 7, "a string"],
    ["sdkKey", null, "a string"],
    ["baseUrl", new URL("https://flags.example"), "a string"],
  ])("refuses %s: %s", (name, value, allowed) => {
    const error = errorOf({ sdkKey: SDK_KEY, [name]: value });
    expect(error.option).toBe(name);
    expect(error.code).toBe("CONFIGURATION");
    expect(error.message).toContain(`'${name}'`);
    expect(error.message).toContain(allowed);
  });

  it.each([
    ["mode", "Streaming", `"Streaming"`],
    ["pollInterval", "5000", `"5000"`],
    ["pollInterval", "1.5s", `"1.5s"`],
    ["fetch", "", `""`],
    ["logger", { warn() {} }, "an object"],
    ["mode", "sdk-live-1", "a string"],
    ["mode", "STREAMING", "a string"],
    ["pollInterval", "7f3a9c", "a string"],
  ])("shows a slip but nothing that may be a key, of %s: %s (contract §7)", (name, value, shown) => {
    expect(errorOf({ sdkKey: SDK_KEY, [name]: value }).message).toMatch(new RegExp(`, but is ${shown}$`));
  });

  it("refuses options that are not an object", () => {
    for (const options of [null, SDK_KEY, 7, [SDK_KEY], () => ({})]) {
      const error = errorOf(options);
      expect(error.option).toBe("options");
      expect(error.message).not.toContain(SDK_KEY);
    }
  });

  it("takes a store that brings its code, and no bare one (contract §8)", () => {
    const store = memoryStore();
    expect(resolveOptions({ sdkKey: SDK_KEY, store }, NO_ENV).core.store).toBe(store);
    for (const wrong of [{}, { get: () => Promise.resolve(null) }, "redis://localhost", null]) {
      const error = errorOf({ sdkKey: SDK_KEY, store: wrong });
      expect(error.option).toBe("store");
      expect(error.message).toContain("sharedStore() of @featureflip/sdk/stores");
    }
  });

  it("refuses an unknown option by its name, and says which there are (contract §7)", () => {
    for (const name of ["sdk_key", "pollIntervall", "timeout", "constructor", "toString"]) {
      const error = errorOf({ sdkKey: SDK_KEY, [name]: 1 });
      expect(error.option).toBe("options");
      expect(error.message).toContain(`'${name}'`);
      expect(error.message).toContain("sdkKey, baseUrl, connectTimeout");
    }
    expect(errorOf(JSON.parse(`{"sdkKey":"x","__proto__":1}`)).message).toContain("unknown option");
  });

  it("trims the SDK key, which files end with a newline (contract §1)", () => {
    expect(resolve({ sdkKey: ` ${SDK_KEY}\n` }).sdkKey).toBe(SDK_KEY);
    expect(resolveOptions({}, countingEnv({ FEATUREFLIP_SDK_KEY: `${SDK_KEY}\r\n` })).core.sdkKey).toBe(
      SDK_KEY,
    );
  });

  it("refuses an SDK key that is missing, or not visible ASCII (contract §1)", () => {
    for (const sdkKey of [undefined, "", " \n"]) {
      const error = errorOf({ sdkKey });
      expect(error.option).toBe("sdkKey");
      expect(error.message).toContain("FEATUREFLIP_SDK_KEY");
    }
    expect(errorOf({}).message).toContain("'sdkKey' is missing; pass it, or set");
    for (const sdkKey of ["", " \n"]) expect(errorOf({ sdkKey }).message).toContain("'sdkKey' is empty;");
    for (const sdkKey of ["sdk\ntest", "sdk test", "sdk-тест", "sdk\u0000", "sdk\u007f"]) {
      expect(errorOf({ sdkKey }).message).toContain("visible ASCII");
    }
  });

  it("says where a missing SDK key comes from on this runtime, and how to do without one", () => {
    const messageOn = (runtime: string): string => {
      try {
        resolveOptions({}, { ...NO_ENV, name: runtime });
      } catch (error) {
        return String(error);
      }
      return "accepted";
    };
    expect(messageOn("node/20.20.2")).toMatch(/FEATUREFLIP_SDK_KEY, or .* npx @featureflip\/sdk dev$/);
    expect(messageOn("deno/2.9.5")).toMatch(/\(Deno needs --allow-env\), or .* npx @featureflip\/sdk dev$/);
    expect(messageOn("workerd")).toMatch(/a binding of the Worker, such as env\.FEATUREFLIP_SDK_KEY, or/);
    for (const runtime of ["node/20.20.2", "workerd"]) expect(messageOn(runtime)).not.toMatch(/Deno/);
  });

  it("refuses the SDK key of featureflip dev without its URL", () => {
    const error = errorOf({ sdkKey: "sdk-local" });
    expect([error.option, error.message]).toEqual(["baseUrl", expect.stringContaining("featureflip dev")]);
    const local = { sdkKey: "sdk-local", baseUrl: "http://localhost:8790" };
    expect(resolve(local).sdkKey).toBe("sdk-local");
    const source = countingEnv({ FEATUREFLIP_BASE_URL: local.baseUrl });
    expect(resolve({ sdkKey: "sdk-local" }, source).baseUrl).toBe(local.baseUrl);
    expect(resolve({ sdkKey: "sdk-local", mode: "offline" }).sdkKey).toBe("sdk-local");
    expect(resolve({ sdkKey: "sdk-local", fetch: () => {} }).sdkKey).toBe("sdk-local");
  });

  it("shows the SDK key in no message, wherever it was put (contract §1)", () => {
    const keys = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    })
      // As the service gives them: never a mere word.
      .map((text) => `sdk-${text}7f3a9c`);
    const misplaced: ((key: string) => unknown)[] = [
      (key) => key,
      (key) => [key],
      (key) => ({ sdk_key: key }),
      (key) => ({ [key]: true }),
      (key) => ({ sdkKey: `${key.slice(0, 9)}\n${key}` }),
      (key) => ({ sdkKey: [key] }),
      (key) => ({ sdkKey: { key } }),
      (key) => ({ sdkKey: key, baseUrl: `https://user:${encodeURIComponent(key)}@flags.example/${key}` }),
      (key) => ({ sdkKey: key, baseUrl: `ftp://flags.example/${key}` }),
      (key) => ({ sdkKey: key, baseUrl: `https://flags.example/?key=${key}` }),
      (key) => ({ sdkKey: key, baseUrl: key }),
      (key) => ({ sdkKey: key, mode: key }),
      (key) => ({ sdkKey: key, logger: key }),
      (key) => ({ sdkKey: key, initTimeout: key }),
      (key) => ({ sdkKey: key, inspectors: [key] }),
      (key) => ({ sdkKey: key, privateAttributes: key }),
      (key) => ({ sdkKey: key, bootstrap: key }),
      (key) => ({ sdkKey: key, defaultContext: [key] }),
      (key) => ({ sdkKey: key, evaluationEvents: key }),
    ];
    fc.assert(
      fc.property(keys, fc.constantFrom(...misplaced), (key, misplace) => {
        expect(everythingAbout(errorOf(misplace(key)))).not.toContain(key);
      }),
      { numRuns: runs(500) },
    );
  });

  it("asks the environment for what was not given, and for nothing else (contract §7)", () => {
    const whole = countingEnv();
    resolve({ baseUrl: "https://flags.example" }, whole);
    expect(whole.asked).toEqual([]);

    const partial = countingEnv({ FEATUREFLIP_BASE_URL: "http://127.0.0.1:8080/" });
    expect(resolve({}, partial).baseUrl).toBe("http://127.0.0.1:8080");
    expect(partial.asked).toEqual(["FEATUREFLIP_BASE_URL"]);

    const none = countingEnv({ FEATUREFLIP_SDK_KEY: SDK_KEY, FEATUREFLIP_BASE_URL: "" });
    expect(resolveOptions({}, none).core).toMatchObject({
      sdkKey: SDK_KEY,
      baseUrl: "https://eval.featureflip.io",
    });
    expect(none.asked).toEqual(["FEATUREFLIP_SDK_KEY", "FEATUREFLIP_BASE_URL"]);

    const offline = countingEnv();
    resolveOptions({ mode: "offline" }, offline);
    expect(offline.asked).toEqual([]);
  });

  it("names the environment variable whose base URL is wrong, without its value", () => {
    const error = errorOf({ sdkKey: SDK_KEY }, { ...NO_ENV, env: () => "flags.example/secret" });
    expect(error.option).toBe("baseUrl");
    expect(error.message).toContain("FEATUREFLIP_BASE_URL");
    expect(error.message).not.toContain("secret");
  });

  it("needs no SDK key offline (contract §7)", () => {
    expect(resolveOptions({ mode: "offline" }, NO_ENV).core.sdkKey).toBe("");
    expect(errorOf({ mode: "offline", sdkKey: "a b" }).option).toBe("sdkKey");
  });

  it.each([
    ["https://flags.example/", "https://flags.example"],
    ["https://flags.example///", "https://flags.example"],
    ["https://flags.example/proxy/a//", "https://flags.example/proxy/a"],
    [" HTTPS://Flags.Example:443 ", "https://flags.example"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://[::1]:8080/", "http://[::1]:8080"],
  ])("spells the base URL %s as %s", (given, expected) => {
    expect(resolve({ baseUrl: given }).baseUrl).toBe(expected);
    expect(resolve({ eventsUrl: given }).eventsUrl).toBe(expected);
  });

  it.each([
    "",
    "flags.example",
    "/v1",
    "//flags.example",
    "https:flags.example",
    "https://",
    "ftp://flags.example",
    "file:///etc/passwd",
    "https://user@flags.example",
    "https://user:word@flags.example",
    "https://:word@flags.example",
    "https://flags.example/?a=1",
    "https://flags.example?",
    "https://flags.example/#a",
    "https://flags.example#",
  ])("refuses the base URL '%s' (contract §7)", (baseUrl) => {
    const forEvents = errorOf({ sdkKey: SDK_KEY, eventsUrl: baseUrl });
    expect(forEvents.option).toBe("eventsUrl");
    expect(forEvents.message).toContain(
      "'eventsUrl' must be an absolute http: or https: URL without credentials",
    );

    const error = errorOf({ sdkKey: SDK_KEY, baseUrl });
    expect(error.option).toBe("baseUrl");
    expect(error.message).toBe(
      "Cannot create client: 'baseUrl' must be an absolute http: or https: URL without credentials, query or fragment",
    );
  });

  it("treats streaming: false as polling, and not beside mode: 'streaming' (contract §7)", () => {
    expect(resolve({ streaming: false }).mode).toBe("polling");
    expect(resolve({ streaming: false, mode: "lazy" }).mode).toBe("lazy");
    expect(resolve({ streaming: false, mode: "polling" }).mode).toBe("polling");
    expect(resolve({ streaming: true, mode: "streaming" }).mode).toBe("streaming");
    expect(errorOf({ sdkKey: SDK_KEY, streaming: false, mode: "streaming" }).option).toBe("streaming");
  });

  it("copies the default context, whatever it holds", () => {
    const defaultContext = {
      plan: "pro",
      get broken(): never {
        throw new Error("no");
      },
    };
    const resolved = resolve({ defaultContext }).defaultContext;
    defaultContext.plan = "free";
    expect({ ...resolved }).toEqual({ plan: "pro" });
    expect(Object.isFrozen(resolved)).toBe(true);
  });
});
