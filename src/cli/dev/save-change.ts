import type { Snapshot } from "../../contract/snapshot.ts";
import { equalJson } from "../../contract/wire.ts";
import { removeFromJsonText, setInJsonText } from "../json/edit-json-text.ts";

/** A flag or a segment, as the environment announces it. */
interface Entity {
  readonly key: string;
  readonly version: number;
}

/** One change of an environment, as an event of the stream. */
export interface SavedChange {
  readonly event: string;
  /** The new flag or segment, or the key of a deleted one. */
  readonly data: unknown;
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
 * @param change The change.
 * @param before The snapshot before the change.
 * @returns The new text, and its content if that is known without parsing it.
 */
export function saveChange(
  text: string,
  content: unknown,
  { event, data }: SavedChange,
  before: Pick<Snapshot, "flags" | "segments">,
): { readonly text: string; readonly content?: unknown } {
  const { key, version: _, ...properties } = data as Entity & Readonly<Record<string, unknown>>;
  const list = event.startsWith("segment.") ? "segments" : "flags";
  const items = (content as FileContent)[list];
  // Of two with one key, the last counts (contract §2.1).
  const index = items?.findLastIndex((item) => item.key === key) ?? -1;
  const isDeleted = Object.keys(properties).length === 0;

  if (isDeleted) return { text: index === -1 ? text : removeFromJsonText(text, [list, index]) };
  if (items === undefined) return { text: setInJsonText(text, [list], [{ key, ...properties }]) };
  if (index === -1) return { text: setInJsonText(text, [list, items.length], { key, ...properties }) };

  const entities: readonly Entity[] = before[list];
  const old = { ...entities.find((item) => item.key === key) } as Readonly<Record<string, unknown>>;
  const changed = Object.entries(properties).filter(([name, value]) => !equalJson(old[name], value));
  const edited = changed.reduce(
    (edited, [name, value]) => setInJsonText(edited, [list, index, name], value),
    text,
  );
  // A copy: values of flags that are served must not be shared.
  const item = { ...items[index], ...JSON.parse(JSON.stringify(Object.fromEntries(changed))) };
  return { text: edited, content: { ...content as FileContent, [list]: items.with(index, item) } };
}
