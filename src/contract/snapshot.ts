import { quote } from "../errors/format.ts";
import type { Warn } from "../runtime/logger.ts";
import { decodeList, decodeObject, decodeVersion } from "./decode.ts";
import { decodeFlag } from "./flag.ts";
import type { Flag, KnownVariations, TakeValue } from "./flag.ts";
import { decodeSegment } from "./segment.ts";
import type { Segment } from "./segment.ts";

/** All flags and segments of one environment (contract §2): the body of `GET /v1/sdk/flags` and of the stream's `sync`. */
export interface Snapshot {
  readonly environment: string;
  /** Rises with every change, at the speed of one a second: never proof that nothing changed. */
  readonly version: number;
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
}

/**
 * Decodes a snapshot: the border between what the wire says and what the rest of the code trusts. The three answers to a
 * bad payload are contract §2.1's: a type violation rejects it whole, a flag or segment with an unknown name is left out,
 * everything else is tolerated.
 *
 * @param json What `JSON.parse` made of the body.
 * @param warn Is told of each flag or segment that is left out.
 * @param takeValue What becomes of the variations' values; by default they are frozen in place.
 * @throws {PayloadError} when it is not of the contract's shape; the message names the path and what was found.
 */
export function decodeSnapshot(json: unknown, warn: Warn, takeValue?: TakeValue): Snapshot {
  const wire = decodeObject(json);
  const known: KnownVariations = new Map();
  return {
    environment: typeof wire.environment === "string" ? wire.environment : "",
    version: decodeVersion(wire.version),
    flags: lastOfEach(
      decodeList(wire.flags, "flags", (item) => decodeFlag(item, warn, known, takeValue), []),
      "flags",
      warn,
    ),
    segments: lastOfEach(
      decodeList(wire.segments, "segments", (item) => decodeSegment(item, warn), []),
      "segments",
      warn,
    ),
  };
}

/** Leaves out what was dropped, and all but the last of those that share a key. */
function lastOfEach<T extends { readonly key: string }>(
  items: readonly (T | null)[],
  what: string,
  warn: Warn,
): readonly T[] {
  const byKey = new Map<string, T>();
  for (const item of items) if (item !== null) byKey.set(item.key, item);
  if (byKey.size === items.length) return items as readonly T[];
  const passedOver = items.find((item) => item !== null && byKey.get(item.key) !== item);
  if (passedOver) warn(`Several ${what} have the key ${quote(passedOver.key)}: the last of them counts`);
  return [...byKey.values()];
}
