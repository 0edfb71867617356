import * as v from "valibot";

/**
 * A JSON object with these entries; other properties are left out. Where valibot's own `object` takes a list for an object
 * and reports a missing entry as the object's fault, this one asks every entry's schema.
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

/** A JSON object as it stands. Valibot's `record` and `looseObject` would lose a property named `__proto__`. */
export const JsonObjectSchema: v.GenericSchema<unknown, Readonly<Record<string, unknown>>> = v.custom<
  Readonly<Record<string, unknown>>
>((input) => typeof input === "object" && input !== null && !Array.isArray(input), "an object");
