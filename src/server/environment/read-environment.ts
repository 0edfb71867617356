import { joinPath, PayloadError } from "../../contract/payload-error.ts";
import { decodeSnapshot } from "../../contract/snapshot.ts";
import type { Snapshot } from "../../contract/snapshot.ts";
import type { Warn } from "../../runtime/logger.ts";
import { validate } from "../http/validate.ts";
import { checkEnvironment } from "./check-environment.ts";
import { SnapshotSchema } from "./snapshot-schema.ts";
import type { WireFlag, WireSegment } from "../../contract/wire.ts";

/** The content of an environment file: a snapshot as `GET /v1/sdk/flags` returns it. Only `flags` is required. */
export interface EnvironmentFile {
  /** The environment's name. */
  readonly environment?: string | undefined;
  /** Rises with every change; 0 by default. */
  readonly version?: number | undefined;
  /** The flags. */
  readonly flags: readonly WireFlag[];
  /** The segments that rules refer to. */
  readonly segments?: readonly WireSegment[] | undefined;
}

/**
 * Reads an environment into a copy that shares nothing with the input.
 *
 * @param file The content of a JSON file, or an object of the same shape.
 * @param warn Called for each unknown property: it is ignored, as on the wire, but may be a typing mistake.
 * @throws {PayloadError} naming the path, what is allowed there and what was found.
 */
export function readEnvironment(file: unknown, warn: Warn): Snapshot {
  const json = cloneJson(file);
  // Segments are optional in a file and required in a snapshot.
  const lacksSegments = isObject(json) && !Array.isArray(json) && json.segments === undefined;
  const input = lacksSegments ? { ...json, segments: [] } : json;
  const wire = validate(SnapshotSchema, input);
  checkEnvironment(wire);
  for (const path of unknownProperties(input, wire, "")) warn(`${path} is unknown and ignored`);
  return decodeSnapshot(wire, warn);
}

function cloneJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    throw new PayloadError("", "must be JSON");
  }
}

/** Returns the paths of the properties that the schema does not know. */
function unknownProperties(input: unknown, output: unknown, path: string): string[] {
  if (input === output || !isObject(input) || !isObject(output)) return [];
  return Object.keys(input).flatMap((name) => {
    const inner = joinPath(path, Array.isArray(input) ? `[${name}]` : name);
    return Object.hasOwn(output, name) ? unknownProperties(input[name], output[name], inner) : [inner];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
