/*
 * Types of described flags. What must not compile stands behind `@ts-expect-error`, so the type check of the gates is what
 * fails here; at run time little is left to see.
 */
import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../mod.ts";
import type {
  AnyFlags,
  ContextClient,
  EvaluationDetail,
  FlagKey,
  FlagValue,
  JsonValue,
} from "../../../mod.ts";
import { featureflip } from "../../../src/adapters/hono/mod.ts";

/** As `featureflip pull` declares them: an interface, which has no index signature. */
interface Flags {
  readonly "dark-mode": boolean;
  readonly "pricing-tier": "free" | "pro";
  readonly "rate-limit": number;
  readonly "search-settings": { readonly engine: string; readonly limit: number; readonly top?: number };
  readonly "__proto__": string;
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles only if the value's type is exactly the one that is named. */
function is<Expected>() {
  return <Actual>(value: Actual, _proof: Same<Actual, Expected>): Actual => value;
}

const user = { user_id: "u-1" };

const values = {
  "dark-mode": true,
  "pricing-tier": "pro",
  "rate-limit": 5,
  "search-settings": { engine: "keyword", limit: 3 },
} as const;

describe("FeatureflipClient<Flags>", () => {
  const client = FeatureflipClient.forTesting<Flags>(values);
  const flags: ContextClient<Flags> = client.forContext(user);

  it("knows each flag's type", () => {
    is<boolean>()(client.variation("dark-mode", user, false), true);
    is<"free" | "pro">()(client.variation("pricing-tier", user, "free"), true);
    is<number>()(client.variation("rate-limit", user, 100), true);
    is<Flags["search-settings"]>()(
      client.variation("search-settings", user, { engine: "x", limit: 1 }),
      true,
    );
    is<EvaluationDetail<"free" | "pro">>()(client.variationDetail("pricing-tier", user, "free"), true);
    is<boolean>()(client.boolVariation("dark-mode", user, false), true);
    is<"free" | "pro">()(client.stringVariation("pricing-tier", user, "free"), true);
    is<number>()(client.numberVariation("rate-limit", user, 1), true);
    is<Flags["search-settings"]>()(
      client.jsonVariation("search-settings", user, { engine: "x", limit: 1 }),
      true,
    );
    is<Partial<Flags>>()(client.allFlags(user), true);
    is<boolean>()(flags.variation("dark-mode", false), true);
    is<"free" | "pro">()(flags.stringVariation("pricing-tier", "pro"), true);
    is<EvaluationDetail<number>>()(flags.variationDetail("rate-limit", 1), true);
    is<Partial<Flags>>()(flags.allFlags(), true);
    expect(client.variation("pricing-tier", user, "free")).toBe("pro");
    expect(flags.jsonVariation("search-settings", { engine: "x", limit: 1 })).toEqual({
      engine: "keyword",
      limit: 3,
    });
  });

  it("refuses a key that there is not", () => {
    // @ts-expect-error: a typing mistake
    client.variation("dark-mod", user, false);
    // @ts-expect-error: a typing mistake
    flags.variation("dark-mod", false);
    // @ts-expect-error: a typing mistake
    client.explain("dark-mod", user);
    // @ts-expect-error: no flag of strings
    client.stringVariation("dark-mode", user, "");
    // @ts-expect-error: no flag of booleans
    flags.boolVariation("rate-limit", false);
    // @ts-expect-error: any string may be none of the keys
    client.variation(String("dark-mode"), user, false);
    // @ts-expect-error: not described
    client.setTestValue("dark-mod", true);
    const key: FlagKey<Flags> = "dark-mode";
    expect(client.variation(key, user, false)).toBe(true);
  });

  it("refuses a default that does not fit", () => {
    // @ts-expect-error: a string for a boolean
    client.variation("dark-mode", user, "off");
    // @ts-expect-error: nothing that the flag serves
    client.variation("pricing-tier", user, "enterprise");
    // @ts-expect-error: nothing that the flag serves
    flags.stringVariation("pricing-tier", "enterprise");
    // @ts-expect-error: a property is missing
    client.variation("search-settings", user, { engine: "x" });
    // @ts-expect-error: a property too many
    client.jsonVariation("search-settings", user, { engine: "x", limit: 1, fast: true });
    // @ts-expect-error: null is no boolean
    client.variation("dark-mode", user, null);
    // @ts-expect-error: a number for a string
    client.setTestValue("pricing-tier", 1);
    client.setTestValue("pricing-tier", "pro");
    // @ts-expect-error: a value of another type
    FeatureflipClient.forTesting<Flags>({ "rate-limit": "5" });
    expect(client.variation("pricing-tier", user, "free")).toBe("pro");
  });

  it("goes wherever a client is asked for", async () => {
    const any: FeatureflipClient = client;
    const bound: ContextClient = flags;
    expect([any.variation("dark-mode", user, false), bound.variation("dark-mode", false)]).toEqual([
      true,
      true,
    ]);
    expect(featureflip({ client })).toBeTypeOf("function");
    const made: FeatureflipClient<Flags> = new FeatureflipClient<Flags>({ mode: "offline" });
    const created: Promise<FeatureflipClient<Flags>> = FeatureflipClient.create<Flags>({
      mode: "offline",
      bootstrap: {
        flags: [],
        segments: [],
      },
    });
    await Promise.all([made.close(), (await created).close()]);
  });
});

describe("FeatureflipClient", () => {
  const client = FeatureflipClient.forTesting(values);
  const flags = client.forContext(user);

  it("lets the default decide, as long as no flags are described", () => {
    is<boolean>()(client.variation("dark-mode", user, false), true);
    is<string>()(client.variation("pricing-tier", user, "enterprise"), true);
    is<string>()(client.variation<string>("pricing-tier", user, "free"), true);
    is<number>()(client.variation("rate-limit", user, 100), true);
    is<unknown>()(client.variation("anything", user, null), true);
    is<{ readonly a: number }>()(client.jsonVariation("anything", user, { a: 1 }), true);
    is<Flags["search-settings"]>()(
      client.jsonVariation<Flags["search-settings"]>("search-settings", user, { engine: "x", limit: 1 }),
      true,
    );
    is<EvaluationDetail<string>>()(client.variationDetail("pricing-tier", user, "free"), true);
    is<Record<string, JsonValue>>()(client.allFlags(user), true);
    is<boolean>()(flags.boolVariation("dark-mode", false), true);
    is<string>()(flags.variation("pricing-tier", "free"), true);
    is<unknown>()(flags.variation("anything", undefined), true);
    // @ts-expect-error: a flag of strings has a string for a default
    client.stringVariation("pricing-tier", user, 1);
    // @ts-expect-error: a key is a string
    client.variation(1, user, false);
    expect(client.variation(["dark", "mode"].join("-"), user, false)).toBe(true);
  });

  it("is wrapped by functions of one's own as before", () => {
    const read = <T>(key: string, byDefault: T): FlagValue<AnyFlags, string, T> =>
      client.variation(key, user, byDefault);
    const isOn: (key: string, context: object, byDefault: boolean) => boolean = client.boolVariation.bind(
      client,
    );
    expect([read("rate-limit", 1), isOn("dark-mode", user, false)]).toEqual([5, true]);
  });
});
