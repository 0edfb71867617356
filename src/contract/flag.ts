import {
  decodeList,
  decodeObject,
  decodeOptionalList,
  decodeOptionalString,
  decodeString,
  decodeVersion,
  droppedMessage,
  freezeJson,
} from "./decode.ts";
import type { UnknownName, Warn } from "./decode.ts";
import type { JsonValue } from "./json-value.ts";
import { typeViolation } from "./payload-error.ts";
import { decodePrerequisite } from "./prerequisite.ts";
import type { Prerequisite } from "./prerequisite.ts";
import { decodeRule } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { decodeServe } from "./serve.ts";
import type { Serve } from "./serve.ts";
import { quote } from "../errors/quote.ts";

/** One of the values that a flag can serve. */
export interface Variation {
  readonly key: string;
  readonly value: JsonValue;
}

/** One flag's configuration (contract §2), decoded: what the wire may leave out is filled in. */
export interface Flag {
  readonly key: string;
  /** Rises with every change, at the speed of one a second: equal versions may differ. */
  readonly version: number;
  /** `Boolean`, `String`, `Number`, `Json`, or what a newer service calls it. */
  readonly type: string;
  readonly enabled: boolean;
  readonly variations: readonly Variation[];
  readonly rules: readonly Rule[];
  readonly fallthrough: Serve;
  /** The variation served while the flag is off; the empty key when there is none. */
  readonly offVariation: string;
  readonly prerequisites: readonly Prerequisite[];
}

/**
 * Decodes one flag. Its values become frozen in place.
 *
 * @returns `null`, after a warning, when it names something that this version does not know.
 * @throws {PayloadError} when it is not of the contract's shape.
 */
export function decodeFlag(json: unknown, warn: Warn): Flag | null {
  const wire = decodeObject(json, "");
  const unknownNames: UnknownName[] = [];
  const flag: Flag = {
    key: decodeString(wire.key, "key"),
    version: decodeVersion(wire.version),
    type: decodeString(wire.type, "type"),
    enabled: decodeEnabled(wire.enabled),
    variations: decodeList(wire.variations, "variations", decodeVariation, unknownNames),
    rules: decodeOptionalList(wire.rules, "rules", decodeRule, unknownNames),
    fallthrough: decodeServe(wire.fallthrough, "fallthrough", unknownNames),
    offVariation: decodeOptionalString(wire.offVariation, "offVariation"),
    prerequisites: decodeOptionalList(wire.prerequisites, "prerequisites", decodePrerequisite, unknownNames),
  };
  const [unknown] = unknownNames;
  if (unknown === undefined) return flag;
  warn(droppedMessage(`Flag ${quote(flag.key)}`, unknown));
  return null;
}

function decodeEnabled(json: unknown): boolean {
  if (typeof json === "boolean") return json;
  throw typeViolation("enabled", "true or false", json);
}

function decodeVariation(json: unknown): Variation {
  const wire = decodeObject(json, "");
  const value = wire.value;
  return { key: decodeString(wire.key, "key"), value: value === undefined ? null : freezeJson(value) };
}
