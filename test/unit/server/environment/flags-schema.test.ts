import { describe, expect, it } from "vitest";
import environment from "../../../../examples/environment.json" with { type: "json" };
import schema from "../../../../flags.schema.json" with { type: "json" };
import { SAMPLE_ENVIRONMENT } from "../../../../src/cli/dev/sample-environment.ts";
import { OPERATORS } from "../../../../src/contract/condition.ts";
import { PROPERTIES } from "../../../../src/server/environment/find-mistakes.ts";
import { conditionalFlag, wireFlag } from "../../../support/wire.ts";

/** The part of JSON Schema that flags.schema.json uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The paths that do not fit a schema. */
function violations(value: unknown, given: Schema, path = ""): string[] {
  const name = given.$ref?.replace("#/$defs/", "");
  const rule: Schema = name === undefined ? given : (schema.$defs as Readonly<Record<string, Schema>>)[name]!;
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const types = [rule.type ?? kind].flat().map((type) => type === "integer" ? "number" : type);
  if (!types.includes(kind) || (rule.enum !== undefined && !rule.enum.includes(value))) return [path];
  if (typeof value === "number" && (value < (rule.minimum ?? value) || value > (rule.maximum ?? value))) {
    return [path];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => violations(item, rule.items ?? {}, `${path}[${index}]`));
  }
  if (kind !== "object" || rule.properties === undefined) return [];
  const object = value as Readonly<Record<string, unknown>>;
  const missing = (rule.required ?? []).filter((name) => !Object.hasOwn(object, name));
  return [
    ...missing.map((name) => `${path}.${name}`),
    ...Object.entries(object).flatMap(([name, item]) => {
      const inner = rule.properties![name];
      return inner === undefined ? [`${path}.${name}`] : violations(item, inner, `${path}.${name}`);
    }),
  ];
}

describe("flags.schema.json", () => {
  it("accepts the sample file and the examples", () => {
    expect(violations(JSON.parse(SAMPLE_ENVIRONMENT), schema as Schema)).toEqual([]);
    expect(violations(environment, schema as Schema)).toEqual([]);
  });

  it("lists every operator (contract §3.3)", () => {
    expect(schema.$defs.condition.properties.operator.enum).toEqual([...OPERATORS]);
  });

  it("knows the properties that an environment file may have, and no other", () => {
    const definitions = { snapshot: schema, ...schema.$defs } as unknown as Readonly<Record<string, Schema>>;
    for (const [name, properties] of Object.entries(PROPERTIES)) {
      const { properties: known = {} } = definitions[name]!;
      expect(Object.keys(known).sort(), name).toEqual([...properties].sort());
    }
  });

  it("refuses mistakes that an editor can show", () => {
    const file = {
      flags: [
        { ...wireFlag("a"), enabled: "yes" },
        conditionalFlag("b", [{ attribute: "plan", operator: "Is", values: ["pro"] }]),
        wireFlag("c", { fallthrough: { type: "Rollout", variations: [{ key: "on", weight: 500 }] } }),
      ],
    };
    expect(violations(file, schema as Schema)).toEqual([
      ".flags[0].enabled",
      ".flags[1].rules[0].conditionGroups[0].conditions[0].operator",
      ".flags[2].fallthrough.variations[0].weight",
    ]);
  });
});
