import { expect, it } from "vitest";
import { SAMPLE_ENVIRONMENT } from "../../../../src/cli/dev/sample-environment.ts";
import { readEnvironment } from "../../../../src/server/environment/environment.ts";

it("SAMPLE_ENVIRONMENT is an environment without a fault, with a flag of each type", () => {
  const warnings: string[] = [];
  const { flags } = readEnvironment(JSON.parse(SAMPLE_ENVIRONMENT), (message) => warnings.push(message));
  expect(warnings).toEqual([]);
  expect(new Set(flags.map(({ type }) => type))).toEqual(new Set(["Boolean", "String", "Number", "Json"]));
});
