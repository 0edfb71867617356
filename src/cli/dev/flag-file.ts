import { stat, writeFile } from "node:fs/promises";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { parseJsonText } from "../json/parse-json-text.ts";
import { readFileText, reasonOf } from "../read-file-text.ts";
import { CliError } from "../terminal.ts";

/** Is told what the file holds after others changed it, or why that can't be read. */
export type FileListener = (content: unknown, error: CliError | undefined) => void;

/**
 * How often the file is looked at, in ms. Looking is what works everywhere: on every runtime, on mounted and shared disks,
 * and with editors that put a new file in the place of the old one.
 */
const INTERVAL_MS = 200;

/** What changed less than this long ago may change again within the resolution of its time stamp, in ms. */
const STAMP_RESOLUTION_MS = 2_000;

/** The JSON file of an environment: read, followed, and edited in the form that its author gave it. */
export class FlagFile {
  /** Where it is. */
  readonly path: string;
  readonly #scheduler: Scheduler;
  /** What is known of it: its text, or why it can't be read. */
  #known = "";
  #stamp = "";
  /** Ends when the last reading or editing has: what reads while a file is being written sees half of it. */
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
   * @returns A function that ends that.
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
        // It may be half written, or about to take another's place: only what is as wrong at the next look is meant.
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
   * Edits it: one edit after the other, each on what the file holds by then. {@linkcode watch} does not tell of it.
   *
   * @param edit Makes the new text of the text and of what it holds.
   * @throws {CliError} when it can't be read or written; it is as it was then.
   */
  edit(edit: (text: string, content: unknown) => string): Promise<void> {
    return this.#inTurn(async () => {
      const text = await readFileText(this.path);
      const next = edit(text, this.#parse(text));
      if (next === text) return;
      // What others changed meanwhile has not been told yet: then the watch tells of everything.
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

  /** Its text; `undefined` when nobody has touched it since this was asked last. */
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
