import { expect, it } from "vitest";
import { CliError } from "../../../src/cli/terminal.ts";

it("CliError carries the exit code of the process, 1 by default", () => {
  const error = new CliError("Cannot read flags.json");
  expect(error).toMatchObject({ name: "CliError", message: "Cannot read flags.json", exitCode: 1 });
  expect(new CliError("Unknown option", 2).exitCode).toBe(2);
});
