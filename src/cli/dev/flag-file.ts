import { stat } from "node:fs/promises";
import type { Snapshot } from "../../contract/snapshot.ts";
import { equalJson } from "../../contract/wire.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { FileText, replaceFile, withFileLock } from "../files.ts";
import { removeFromJsonText, setInJsonText } from "../json/edit-json-text.ts";
import { findDuplicateNames, outlineJson, parseJson } from "../json/parse-json-text.ts";
import { CliError } from "../terminal.ts";

/** The text of a flag file and its parsed content. */
export interface FlagFileContent {
  readonly text: string;
  readonly content: unknown;
}

/** Receives what happens to a flag file. */
export interface FlagFileListener {
  /**
   * Others have changed the file.
   *
   * @throws {CliError} when the content cannot be served.
   */
  onContent(content: unknown): void;
  /** The file cannot be read or served. Called once for each problem. */
  onError(error: CliError): void;
}

/** A change of the file, with the result for its caller. */
export interface FlagFileChange<T> {
  /** The new text. */
  readonly text: string;
  /** Its content, when it is known without parsing the text. */
  readonly content?: unknown;
  readonly result: T;
}

/**
 * How often the file is polled, in ms. Polling works everywhere: on every runtime, on mounted and shared disks, and with
 * editors that replace the file.
 */
const INTERVAL_MS = 200;

/** A file that changed less than this long ago may change again with the same time stamp, in ms. */
const STAMP_RESOLUTION_MS = 2_000;

/** How long a change waits for a file that is half written, in ms, and how often it is read meanwhile. */
const HALF_WRITTEN_MS = 1_000;
const HALF_WRITTEN_POLL_MS = 50;

/**
 * The JSON file of an environment: read, followed, and changed in the form that its author gave it.
 *
 * All changes have one order: checks of the file and changes take turns, and a change first serves what others have written
 * meanwhile. So the file and what is served never differ for longer than one interval.
 */
export class FlagFile {
  /** Its path. */
  readonly path: string;
  readonly #scheduler: Scheduler;
  #listener: FlagFileListener | undefined;
  #warn: (message: string) => void = () => {};
  /** What was read or written last: a flip of a flag in a large file neither decodes nor parses it again. */
  readonly #text: FileText = new FileText();
  #parsed: FlagFileContent | undefined;
  /** The text that is served. */
  #served: string | undefined;
  /** The last problem that was reported. */
  #reported = "";
  #stamp = "";
  /** Resolves when the last check or change has. */
  #queue: Promise<unknown> = Promise.resolve();
  /** Resolves when the last change has: one that waits for another process to unlock the file delays no check. */
  #changes: Promise<unknown> = Promise.resolve();

  /** Reads nothing yet. */
  constructor(path: string, scheduler: Scheduler) {
    this.path = path;
    this.#scheduler = scheduler;
  }

  /**
   * Reads it. Its content counts as served from then on.
   *
   * @param warn Called for each name that occurs twice in one object, also in what others write later.
   * @throws {CliError} naming the path and the reason.
   */
  async read(warn: (message: string) => void = () => {}): Promise<unknown> {
    const { text, content } = this.#parse(await this.#text.read(this.path));
    this.#warn = warn;
    this.#warnOfDuplicates(text, content);
    this.#served = text;
    outlineJson(text); // now, and not when the first flip is saved
    return content;
  }

  /**
   * Follows it.
   *
   * @returns A function that stops it.
   */
  watch(listener: FlagFileListener): () => void {
    this.#listener = listener;
    let suspect: string | undefined;
    let cancel = (): void => {};
    let isWatched = true;
    const next = (): void => {
      cancel = this.#scheduler.after(INTERVAL_MS, () => {
        void this.#inTurn(async () => {
          suspect = await this.#check(suspect);
        }).finally(() => isWatched && next());
      });
    };
    next();
    return () => {
      isWatched = false;
      this.#listener = undefined;
      cancel();
    };
  }

  /**
   * Changes it. The new text is saved when the promise resolves; {@linkcode watch} does not report it.
   *
   * @param change Returns the new text, given the current one. It is called again when others write at the same moment.
   * @throws {CliError} when the file cannot be read, served or written; it is unchanged then.
   * @throws What `change` throws.
   */
  change<T>(change: (current: FlagFileContent) => FlagFileChange<T>): Promise<T> {
    const done = this.#changes.then(() =>
      withFileLock(this.path, this.#scheduler, () => this.#inTurn(() => this.#change(change)))
    );
    this.#changes = done.catch(() => {});
    return done;
  }

  async #change<T>(change: (current: FlagFileContent) => FlagFileChange<T>): Promise<T> {
    for (;;) {
      const stamp = await this.#currentStamp();
      const current = await this.#readComplete();
      if (current.text !== this.#served) this.#serve(current);
      const { text, content, result } = change(current);
      if (text === current.text) return result;
      try {
        const bytes = this.#text.encode(text);
        const mayReplace = async (): Promise<boolean> => await this.#currentStamp() === stamp;
        if (await replaceFile(this.path, bytes, { mayReplace })) {
          this.#served = text;
          this.#text.keep(text, bytes);
          this.#parsed = content === undefined ? undefined : { text, content };
          return result;
        }
        // The change is served, but not saved: before it is made again, the file's text is served, even an unchanged one.
        this.#served = undefined;
      } catch (error) {
        // What is served must be what the file says.
        this.#listener?.onContent(current.content);
        throw error;
      }
    }
  }

  /** Reads the file; one that is invalid may be half written, and is read again for a moment. */
  async #readComplete(): Promise<FlagFileContent> {
    const end = this.#scheduler.now() + HALF_WRITTEN_MS;
    for (;;) {
      try {
        return this.#parse(await this.#text.read(this.path));
      } catch (error) {
        if (!(error instanceof CliError) || this.#scheduler.now() >= end) throw error;
        await new Promise<void>((resolve) => this.#scheduler.after(HALF_WRITTEN_POLL_MS, resolve));
      }
    }
  }

  /** Checks the file, and returns the problem that the next check has to confirm. */
  async #check(suspect: string | undefined): Promise<string | undefined> {
    let found: string | undefined;
    try {
      found = await this.#textIfTouched();
      if (found === undefined) return undefined;
      if (found === this.#served && this.#reported === "") return undefined;
      this.#serve(this.#parse(found));
      this.#reported = "";
      return undefined;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      // It may be half written or about to be replaced: only the same problem at the next check is reported.
      const problem = found ?? error.message;
      if (suspect !== problem) {
        this.#stamp = "";
        return problem;
      }
      if (this.#reported !== problem) {
        this.#reported = problem;
        this.#listener?.onError(error);
      }
      return problem;
    }
  }

  #serve({ text, content }: FlagFileContent): void {
    this.#listener?.onContent(content);
    this.#warnOfDuplicates(text, content);
    this.#served = text;
  }

  #warnOfDuplicates(text: string, content: unknown): void {
    for (const duplicate of findDuplicateNames(text, content)) this.#warn(`${this.path}, ${duplicate}`);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(task);
    this.#queue = done.catch(() => {});
    return done;
  }

  /** Returns its text; `undefined` when it was not touched since the last call. */
  async #textIfTouched(): Promise<string | undefined> {
    const found = await stat(this.path).catch(() => undefined);
    if (found !== undefined) {
      const stamp = stampOf(found);
      // An edit may set the time of modification back; the time of the inode's change is in whole seconds on Deno.
      const changedAt = Math.max(found.mtimeMs, found.ctimeMs);
      const isSettled = this.#scheduler.now() - changedAt > STAMP_RESOLUTION_MS;
      if (stamp === this.#stamp && isSettled) return undefined;
      this.#stamp = stamp;
    }
    return await this.#text.read(this.path);
  }

  async #currentStamp(): Promise<string> {
    return await stat(this.path).then(stampOf, () => "");
  }

  #parse(text: string): FlagFileContent {
    if (this.#parsed?.text === text) return this.#parsed;
    try {
      return this.#parsed = { text, content: parseJson(text) };
    } catch (error) {
      throw new CliError(`${this.path}, ${(error as Error).message}`);
    }
  }
}

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

/** The time of the last change of the inode tells an edit that keeps size and modification time. */
function stampOf(found: { mtimeMs: number; ctimeMs: number; size: number; ino: number }): string {
  return `${found.mtimeMs} ${found.ctimeMs} ${found.size} ${found.ino}`;
}
