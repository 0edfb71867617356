import { describe, expect, it } from "vitest";
import environment from "../../../examples/environment.json" with { type: "json" };
import { readEnvironment } from "../../../src/server/environment/environment.ts";
import { FlagSet } from "../../../src/store/flag-set.ts";

const warnings: string[] = [];
const warn = (message: string): void => void warnings.push(message);
const flags = FlagSet.of(readEnvironment(environment, warn), warn);

function served(key: string, attributes: object): unknown {
  const { variationKey, reason, ruleId } = flags.evaluate(key, { user_id: "u-1", ...attributes })!;
  return [variationKey, ruleId ?? reason];
}

describe("examples/environment.json", () => {
  it("has every kind of flag, each of which evaluates without a warning", () => {
    const everything = {
      user_id: "u-1",
      plan: "business",
      seats: 250,
      country: "DE",
      email: "eve@acorn.example",
      signed_up: "2023-05-01",
      app_version: "2.10.0",
      user_agent: "acorn-cron/1.0",
      basket_weight: 3,
      company: "Oak & Sons",
    };
    for (const key of flags.keys()) expect(flags.evaluate(key, everything)?.value).toBeDefined();
    expect(new Set([...flags.keys()].map((key) => flags.get(key)!.type))).toEqual(
      new Set(["Boolean", "String", "Number", "Json"]),
    );
    expect(warnings).toEqual([]);
  });

  it("serves what its rules say", () => {
    expect(served("dark-mode", { beta: true })).toEqual(["on", "beta-testers-first"]);
    expect(served("dark-mode", {})).toEqual(["off", "FALLTHROUGH"]);
    expect(served("pricing-tier", { plan: "business", seats: 100 })).toEqual([
      "enterprise",
      "large-companies",
    ]);
    expect(served("pricing-tier", { plan: "Business", seats: "99" })).toEqual(["pro", "paying"]);
    expect(served("support-channel", { plan: "pro", signed_up: "2023-12-31" })).toEqual([
      "phone",
      "early-customers",
    ]);
    expect(served("support-channel", { plan: "pro" })).toEqual(["chat", "not-on-the-free-plan"]);
    expect(served("support-channel", { plan: "free" })).toEqual(["email", "FALLTHROUGH"]);
    expect(served("rate-limit", { user_agent: "acorn-cron" })).toEqual(["unlimited", "internal-services"]);
    expect(served("free-shipping-from", { country: "at", basket_weight: 19.9 })).toEqual(["low", "nearby"]);
    expect(served("search-settings", { app_version: "2.4.0-beta.1" })).toEqual(["classic", "FALLTHROUGH"]);
    expect(served("search-settings", { app_version: "v2.10" })).toEqual([
      "semantic",
      "apps-that-can-show-it",
    ]);
    expect(served("staff-tools", { email: "Eve@staff.ACORN.example" })).toEqual(["on", "staff-addresses"]);
    expect(served("welcome-offer", { signed_up: "2026-02-01", country: "FR" })).toEqual([
      "ten",
      "new-customers",
    ]);
    expect(served("legacy-export", {})).toEqual(["off", "FLAG_DISABLED"]);
  });

  it("splits 1,000 users as the rollout says, and payment follows checkout", () => {
    const users = Array.from({ length: 1_000 }, (_, index) => ({ user_id: `user-${index}` }));
    const share = users.filter((user) => flags.evaluate("new-checkout", user)!.value === true).length;
    expect(share).toBeGreaterThan(150);
    expect(share).toBeLessThan(250);
    for (const user of users) {
      const checkout = flags.evaluate("new-checkout", user)!.value;
      expect(flags.evaluate("one-click-payment", user)!.reason).toBe(
        checkout ? "FALLTHROUGH" : "PREREQUISITE_FAILED",
      );
    }
  });
});
