import * as v from "valibot";
import { joinPath, typeViolation } from "../../contract/payload-error.ts";

/**
 * Parses a value with a schema. The schema's messages say what is allowed (`a string`), so that every error reads like the
 * decoder's: `flags[2].enabled must be true or false, but is missing`.
 *
 * @throws {PayloadError} for the first invalid value.
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

/**
 * Returns the schema of a JSON object with these entries; other properties are dropped. Valibot's own `object` accepts a
 * list and reports a missing entry at the object; this one lets every entry's schema report it.
 */
export function objectSchema<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.GenericSchema<unknown, v.InferOutput<v.ObjectSchema<Entries, undefined>>> {
  const names = Object.keys(entries);
  return v.pipe(
    JsonObjectSchema,
    v.transform((input) => Object.fromEntries(names.map((name) => [name, input[name]]))),
    v.object(entries),
  );
}

/** The schema of any JSON object. Valibot's `record` and `looseObject` would lose a property named `__proto__`. */
export const JsonObjectSchema: v.GenericSchema<unknown, Readonly<Record<string, unknown>>> = v.custom<
  Readonly<Record<string, unknown>>
>((input) => typeof input === "object" && input !== null && !Array.isArray(input), "an object");
