import { stat, writeFile } from "node:fs/promises";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { parseJsonText } from "../json/parse-json-text.ts";
import { readFileText, reasonOf } from "../read-file-text.ts";
import { CliError } from "../terminal.ts";

/** Receives the file's content after others changed it, or the reason why it cannot be read. */
export type FileListener = (content: unknown, error: CliError | undefined) => void;

/**
 * How often the file is polled, in ms. Polling works everywhere: on every runtime, on mounted and shared disks, and with
 * editors that replace the file.
 */
const INTERVAL_MS = 200;

/** A file that changed less than this long ago may change again with the same time stamp, in ms. */
const STAMP_RESOLUTION_MS = 2_000;

/** The JSON file of an environment: read, followed, and edited in the form that its author gave it. */
export class FlagFile {
  /** Its path. */
  readonly path: string;
  readonly #scheduler: Scheduler;
  /** Its last known text, or the reason why it could not be read. */
  #known = "";
  #stamp = "";
  /** Resolves when the last read or edit has: a read during a write would see half of it. */
  #queue: Promise<unknown> = Promise.resolve();

  /** Reads nothing yet. */
  constructor(path: string, scheduler: Scheduler) {
    this.path = path;
    this.#scheduler = scheduler;
  }

  /**
   * Reads it.
   *
   * @throws {CliError} naming the path and the reason.
   */
  async read(): Promise<unknown> {
    this.#known = await readFileText(this.path);
    return this.#parse(this.#known);
  }

  /**
   * Follows it.
   *
   * @returns A function that stops it.
   */
  watch(listener: FileListener): () => void {
    let isWatched = true;
    let suspect: string | undefined;
    let cancel = (): void => {};

    const look = async (): Promise<void> => {
      const text = await this.#inTurn(() => this.#textIfTouched()).catch((error: CliError) => error);
      if (!isWatched || text === undefined || String(text) === this.#known) {
        suspect = undefined;
        return;
      }
      try {
        if (text instanceof CliError) throw text;
        const content = this.#parse(text);
        this.#known = text;
        suspect = undefined;
        listener(content, undefined);
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        // It may be half written or about to be replaced: only the same problem at the next look is reported.
        if (suspect === String(text)) {
          this.#known = suspect;
          listener(undefined, error);
        } else {
          suspect = String(text);
          this.#stamp = "";
        }
      }
    };
    const next = (): void => {
      cancel = this.#scheduler.after(INTERVAL_MS, () => void look().finally(() => isWatched && next()));
    };
    next();
    return () => {
      isWatched = false;
      cancel();
    };
  }

  /**
   * Edits it, one edit after the other, each on the current text. {@linkcode watch} does not report it.
   *
   * @param edit Returns the new text, given the text and its content.
   * @throws {CliError} when it cannot be read or written; it is unchanged then.
   */
  edit(edit: (text: string, content: unknown) => string): Promise<void> {
    return this.#inTurn(async () => {
      const text = await readFileText(this.path);
      const next = edit(text, this.#parse(text));
      if (next === text) return;
      // After a change by others that was not reported yet, the watch reports everything.
      if (text === this.#known) this.#known = next;
      try {
        await writeFile(this.path, next);
      } catch (error) {
        throw new CliError(`Cannot write ${this.path}: ${reasonOf(error)}`);
      }
    });
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
      const stamp = `${found.mtimeMs} ${found.size} ${found.ino}`;
      const isSettled = this.#scheduler.now() - found.mtimeMs > STAMP_RESOLUTION_MS;
      if (stamp === this.#stamp && isSettled) return undefined;
      this.#stamp = stamp;
    }
    return await readFileText(this.path);
  }

  #parse(text: string): unknown {
    try {
      parseJsonText(text);
    } catch (error) {
      throw new CliError(`${this.path}, ${(error as Error).message}`);
    }
    return JSON.parse(text);
  }
}
