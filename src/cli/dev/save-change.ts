import type { Snapshot } from "../../contract/snapshot.ts";
import { removeFromJsonText, setInJsonText } from "../json/edit-json-text.ts";

/** A flag or a segment, as the environment announces it. */
interface Entity {
  readonly key: string;
  readonly version: number;
}

/** What an environment file holds, as far as an edit needs to know. */
interface FileContent {
  readonly flags: readonly { readonly key: string }[];
  readonly segments?: readonly { readonly key: string }[];
}

/**
 * Carries one change of an environment over to its file: the properties that changed, and nothing else of the text.
 * Versions stay behind: they count what happened here, not what the file says.
 *
 * @param text The file's text.
 * @param content What it holds.
 * @param event What happened, in the stream's words.
 * @param data The flag or segment as it is now, or the key of one that is gone.
 * @param before What there was.
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
  const isGone = Object.keys(properties).length === 0;

  if (isGone) return index === -1 ? text : removeFromJsonText(text, [list, index]);
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
