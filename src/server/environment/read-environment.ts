import { PayloadError } from "../../contract/payload-error.ts";
import { decodeSnapshot } from "../../contract/snapshot.ts";
import type { Snapshot } from "../../contract/snapshot.ts";
import type { SnapshotInput, WireSnapshot } from "../../contract/wire.ts";
import { isRecord } from "../../errors/format.ts";
import type { Warn } from "../../runtime/logger.ts";
import { findMistakes } from "./find-mistakes.ts";

/** The content of an environment file: a snapshot as `GET /v1/sdk/flags` returns it. Only `flags` is required. */
export interface EnvironmentFile extends SnapshotInput {}

/**
 * Reads an environment into a copy that shares nothing with the input. Whatever the wire tolerates is accepted
 * (contract §2.1, §9).
 *
 * @param file The content of a JSON file, or an object of the same shape.
 * @param warn Called for each mistake that the wire tolerates, with its path.
 * @throws {PayloadError} naming the path, what is allowed there and what was found.
 */
export function readEnvironment(file: unknown, warn: Warn): Snapshot {
  return readParsed(cloneJson(file), warn);
}

/** Reads parsed JSON as {@linkcode readEnvironment} does, without the copy: values are shared and frozen. */
export function readParsed(json: unknown, warn: Warn): Snapshot {
  // Segments are optional in a file and required in a snapshot.
  const wire = isRecord(json) && json.segments === undefined ? { ...json, segments: [] } : json;
  // Mistakes are reported with their paths below, unknown names among them.
  const snapshot = decodeSnapshot(wire, () => {});
  const checked = wire as unknown as WireSnapshot;
  for (const { path, problem } of findMistakes(checked)) warn(`${path} ${problem}`);
  for (const list of ["flags", "segments"] as const) {
    const served = new Set(snapshot[list].map(({ key }) => key));
    for (const [index, { key }] of checked[list].entries()) {
      if (!served.has(key)) warn(`${list}[${index}] is not served: a name in it is unknown`);
    }
  }
  return snapshot;
}

/**
 * Returns a copy of a JSON value.
 *
 * @throws {PayloadError} when it is not JSON.
 */
export function cloneJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    throw new PayloadError("", "must be JSON");
  }
}
