import type { Warn } from "../runtime/logger.ts";
import { decodeConditions, decodeLogic } from "./condition.ts";
import type { Condition, ConditionLogic } from "./condition.ts";
import { decodeObject, decodeString, decodeVersion, dropUnknown } from "./decode.ts";
import type { UnknownName } from "./decode.ts";

/** A named group of contexts that rules refer to (contract §2). */
export interface Segment {
  readonly key: string;
  readonly version: number;
  readonly conditionLogic: ConditionLogic;
  /** `null` when the list is missing: the segment then does not match (contract §2.1). An empty list matches. */
  readonly conditions: readonly Condition[] | null;
}

/**
 * Decodes one segment.
 *
 * @returns `null`, after a warning, when it contains a name that this version does not know.
 * @throws {PayloadError} when it violates a type of the contract.
 */
export function decodeSegment(json: unknown, warn: Warn): Segment | null {
  const wire = decodeObject(json);
  const unknownNames: UnknownName[] = [];
  const segment: Segment = {
    key: decodeString(wire.key, "key"),
    version: decodeVersion(wire.version),
    conditionLogic: decodeLogic(wire.conditionLogic, "conditionLogic", unknownNames),
    conditions: decodeConditions(wire.conditions, unknownNames),
  };
  return dropUnknown("Segment", segment, unknownNames, warn);
}
