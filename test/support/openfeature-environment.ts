import { fixed, wireFlag, wireSnapshot } from "./wire.ts";
import type { WireFlag, WireServe, WireSnapshot } from "./wire.ts";

/** The flags that OpenFeature's evaluation suite asks for, as Featureflip has them. */
export const OPENFEATURE_ENVIRONMENT: WireSnapshot = {
  ...wireSnapshot([
    serving("boolean-flag", { on: true, off: false }, "on"),
    serving("string-flag", { greeting: "hi", parting: "bye" }, "greeting"),
    serving("integer-flag", { one: 1, ten: 10 }, "ten"),
    serving("float-flag", { tenth: 0.1, half: 0.5 }, "half"),
    serving("object-flag", {
      empty: {},
      template: { showImages: true, title: "Check out these pics!", imagesPerPage: 100 },
    }, "template"),
    serving("wrong-flag", { one: "uno", two: "dos" }, "one"),
    serving("boolean-zero-flag", { zero: false, other: true }, "zero"),
    serving("string-zero-flag", { zero: "", other: "str" }, "zero"),
    serving("integer-zero-flag", { zero: 0, other: 1 }, "zero"),
    serving("float-zero-flag", { zero: 0.0, other: 1.5 }, "zero"),
    serving("object-zero-flag", { zero: {}, other: { a: 1 } }, "zero"),
    targeted("boolean-targeted-zero-flag", { zero: false, other: true }),
    targeted("string-targeted-zero-flag", { zero: "", other: "str" }),
    targeted("integer-targeted-zero-flag", { zero: 0, other: 1 }),
    targeted("float-targeted-zero-flag", { zero: 0.0, other: 1.5 }),
    targeted("object-targeted-zero-flag", { zero: {}, other: { a: 1 } }),
    serving("boolean-disabled-flag", { on: true, off: false }, "on", { enabled: false, offVariation: "off" }),
    serving("integer-disabled-flag", { on: 10, off: 1 }, "on", { enabled: false, offVariation: "off" }),
    serving("float-disabled-flag", { on: 0.5, off: 0.1 }, "on", { enabled: false, offVariation: "off" }),
    serving("object-disabled-flag", { on: {}, off: { a: 1 } }, "on", { enabled: false, offVariation: "off" }),
    serving("string-disabled-flag", { on: "hi", off: "bye" }, "on", { enabled: false, offVariation: "off" }),
    wireFlag("context-aware", {
      type: "String",
      variations: [{ key: "internal", value: "INTERNAL" }, { key: "external", value: "EXTERNAL" }],
      fallthrough: fixed("external"),
      rules: [{
        id: "staff",
        conditionGroups: [{
          operator: "And",
          conditions: [
            { attribute: "customer", operator: "Equals", values: ["false"] },
            { attribute: "age", operator: "GreaterThan", values: [18] },
          ],
        }],
        serve: fixed("internal"),
      }],
    }),
    serving("metadata-flag", { on: true, off: false }, "on", {
      version: 7,
      fallthrough: fixed("off"),
      rules: [{ id: "everybody", conditionGroups: [], serve: fixed("on") }],
    }),
    wireFlag("targeting-key-flag", {
      fallthrough: fixed("off"),
      rules: [{
        id: "one-user",
        conditionGroups: [{
          operator: "And",
          conditions: [{ attribute: "user_id", operator: "Equals", values: ["u-123"] }],
        }],
        serve: fixed("on"),
      }],
    }),
    wireFlag("split-flag", { fallthrough: half("split-flag") }),
    wireFlag("split-rule-flag", {
      rules: [{ id: "half", conditionGroups: [], serve: half("split-rule-flag") }],
    }),
    wireFlag("blocked-flag", {
      prerequisites: [{ prerequisiteFlagKey: "boolean-flag", expectedVariationKey: "off" }],
    }),
    wireFlag("dependent-flag", {
      prerequisites: [{ prerequisiteFlagKey: "targeting-key-flag", expectedVariationKey: "on" }],
    }),
    wireFlag("broken-flag", { fallthrough: fixed("no-such-variation") }),
    wireFlag("null-flag", {
      type: "Json",
      variations: [{ key: "none", value: null }],
      fallthrough: fixed("none"),
    }),
    serving("list-flag", { two: ["a", "b"] }, "two"),
  ]),
  environment: "env-openfeature",
};

function serving(
  key: string,
  variations: Readonly<Record<string, unknown>>,
  served: string,
  rest: Partial<WireFlag> = {},
): WireFlag {
  return wireFlag(key, {
    type: "Json",
    variations: Object.entries(variations).map(([name, value]) => ({ key: name, value })),
    fallthrough: fixed(served),
    offVariation: served,
    ...rest,
  });
}

/** Serves zero to everybody: one user because of a rule, the others because none holds. */
function targeted(key: string, variations: Readonly<Record<string, unknown>>): WireFlag {
  return serving(key, variations, "zero", {
    rules: [{
      id: "ballmer",
      conditionGroups: [{
        operator: "And",
        conditions: [{ attribute: "email", operator: "Equals", values: ["ballmer@macrosoft.com"] }],
      }],
      serve: fixed("zero"),
    }],
  });
}

function half(salt: string): WireServe {
  return { type: "Rollout", salt, variations: [{ key: "on", weight: 50 }, { key: "off", weight: 50 }] };
}
