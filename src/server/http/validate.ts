import * as v from "valibot";
import { joinPath, typeViolation } from "../../contract/payload-error.ts";

/**
 * What a schema makes of a value. The schemas' messages say what is allowed (`a string`), so that every refusal reads as
 * the decoder's do: `flags[2].enabled must be true or false, but is missing`.
 *
 * @throws {PayloadError} for the first value that is not as it should be.
 */
export function validate<T>(schema: v.GenericSchema<unknown, T>, input: unknown): T {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw typeViolation(pathOf(issue), issue.message, issue.input);
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  let path = "";
  for (const { key } of issue.path ?? []) {
    path = joinPath(path, typeof key === "number" ? `[${key}]` : String(key));
  }
  return path;
}
