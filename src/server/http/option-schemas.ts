import * as v from "valibot";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { isLogger } from "../../runtime/logger.ts";
import type { Logger } from "../../runtime/logger.ts";

const MEBIBYTE = 2 ** 20;

const SECRET = "visible ASCII characters, at least one";

/** An SDK key or a token; trimmed, since those from files end in a line break. */
export const SecretSchema: v.GenericSchema<unknown, string> = v.pipe(
  v.string(SECRET),
  v.trim(),
  v.regex(/^[\x21-\x7e]+$/, SECRET),
);

/** Where warnings and errors go. */
export const LoggerSchema: v.GenericSchema<unknown, Logger> = v.custom<Logger>(
  isLogger,
  "an object with the functions debug, info, warn and error",
);

/** Names of hosts. */
export const HostsSchema: v.GenericSchema<unknown, string[]> = v.array(v.string(), "a list of host names");

/** A number that may be left out. */
type OptionalNumberSchema = v.OptionalSchema<v.GenericSchema<unknown, number>, number>;

/** The bounds that every API has, with their defaults. */
export const BOUNDS: {
  readonly pingInterval: OptionalNumberSchema;
  readonly maxBodyBytes: OptionalNumberSchema;
  readonly maxBacklogBytes: OptionalNumberSchema;
} = {
  pingInterval: v.optional(positive("a finite number of milliseconds, at least 1"), 30_000),
  maxBodyBytes: v.optional(positive("a finite number of bytes, at least 1"), 10 * MEBIBYTE),
  maxBacklogBytes: v.optional(positive("a finite number of bytes, at least 1"), MEBIBYTE),
};

/** A finite number of at least 1. */
export function positive(message: string): v.GenericSchema<unknown, number> {
  return v.pipe(v.number(message), v.finite(message), v.minValue(1, message));
}

/** Whether it is anything with properties. */
export function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/**
 * What a schema makes of options.
 *
 * @param unshown Options whose values no message shows.
 * @throws {ConfigurationError} naming the option and what is allowed.
 */
export function checkOptions<const Entries extends v.ObjectEntries>(
  schema: v.StrictObjectSchema<Entries, undefined>,
  options: unknown,
  unshown: ReadonlySet<string>,
): v.InferOutput<v.StrictObjectSchema<Entries, undefined>> {
  const result = v.safeParse(schema, options, { abortEarly: true });
  if (result.success) return result.output;
  const { kind, path, expected, input, message } = result.issues[0];
  const option = String(path?.[0]?.key ?? "options");
  if (expected === "never") {
    // Its name is not shown: it may be a key in the wrong place.
    const known = Object.keys(schema.entries).join(", ");
    throw new ConfigurationError("options", `There are no options but ${known}`);
  }
  if (kind === "schema" && input === undefined) {
    throw new ConfigurationError(option, `Option '${option}' is missing`);
  }
  const found = typeof input === "number" && !unshown.has(option) ? `, but is ${input}` : "";
  throw new ConfigurationError(option, `Option '${option}' must be ${message}${found}`);
}
