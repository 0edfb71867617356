import type { Snapshot } from "../../contract/snapshot.ts";
import { removeFromJsonText, setInJsonText } from "../json/edit-json-text.ts";

/** A flag or a segment, as the environment announces it. */
interface Entity {
  readonly key: string;
  readonly version: number;
}

/** The part of an environment file that an edit needs. */
interface FileContent {
  readonly flags: readonly { readonly key: string }[];
  readonly segments?: readonly { readonly key: string }[];
}

/**
 * Applies one change of an environment to the text of its file: the changed properties, and nothing else of the text.
 * Versions are not saved: they count the changes in this process.
 *
 * @param text The file's text.
 * @param content Its parsed content.
 * @param event The change, as an event of the stream.
 * @param data The new flag or segment, or the key of a deleted one.
 * @param before The snapshot before the change.
 */
export function saveChange(
  text: string,
  content: unknown,
  event: string,
  data: unknown,
  before: Pick<Snapshot, "flags" | "segments">,
): string {
  const { key, version: _, ...properties } = data as Entity & Readonly<Record<string, unknown>>;
  const list = event.startsWith("segment.") ? "segments" : "flags";
  const items = (content as FileContent)[list];
  const index = items?.findIndex((item) => item.key === key) ?? -1;
  const isDeleted = Object.keys(properties).length === 0;

  if (isDeleted) return index === -1 ? text : removeFromJsonText(text, [list, index]);
  if (items === undefined) return setInJsonText(text, [list], [{ key, ...properties }]);
  if (index === -1) return setInJsonText(text, [list, items.length], { key, ...properties });

  const entities: readonly Entity[] = before[list];
  const old = { ...entities.find((item) => item.key === key) } as Readonly<Record<string, unknown>>;
  let edited = text;
  for (const [name, value] of Object.entries(properties)) {
    if (JSON.stringify(old[name]) !== JSON.stringify(value)) {
      edited = setInJsonText(edited, [list, index, name], value);
    }
  }
  return edited;
}
