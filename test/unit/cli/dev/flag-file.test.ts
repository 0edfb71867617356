import { rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FlagFile } from "../../../../src/cli/dev/flag-file.ts";
import type { FlagFileChange } from "../../../../src/cli/dev/flag-file.ts";
import { FileText } from "../../../../src/cli/files.ts";
import { CliError } from "../../../../src/cli/terminal.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";
import { makeFolder, removeFolder } from "../temporary-folder.ts";

let folder: string;
let path: string;
let scheduler: ManualScheduler;
let file: FlagFile;
/** What the listener received: contents, and messages of errors. */
let told: unknown[];
let stop = (): void => {};
let refused: string | undefined;

beforeEach(async () => {
  folder = await makeFolder();
  path = join(folder, "flags.json");
  await writeFile(path, '{"a":1}');
  scheduler = new ManualScheduler(1, { settle: () => new Promise((resolve) => setTimeout(resolve, 15)) });
  file = new FlagFile(path, scheduler);
  told = [];
  refused = undefined;
});

// A look that is under way must not tell the next test of its file.
afterEach(() => {
  stop();
  return removeFolder(folder);
});

async function follow(): Promise<() => void> {
  await file.read();
  return stop = file.watch({
    onContent(content) {
      if (JSON.stringify(content) === refused) throw new CliError("cannot be served");
      told.push(content);
    },
    onError: ({ message }) => told.push(message),
  });
}

const look = (count = 1): Promise<void> => scheduler.advance(200 * count);

/** Looks until so many things were told: a busy machine reads slowly. */
async function lookUntilTold(count: number): Promise<void> {
  for (let looks = 0; told.length < count && looks < 200; looks++) await look();
}

/** One look, to its end, however long the disk takes. */
async function lookOnce(): Promise<void> {
  await look();
  while (scheduler.armed === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Sets the clock to so many ms after the file was changed last. */
async function setClockAfterChange(ms: number): Promise<void> {
  const { mtimeMs, ctimeMs } = await stat(path);
  scheduler.jump(Math.max(mtimeMs, ctimeMs) + ms - scheduler.now());
}

const append = (name: string) => ({ text }: { text: string }): FlagFileChange<string> => ({
  text: text.replace("}", `,"${name}":1}`),
  result: name,
});

describe("FlagFile.watch()", () => {
  it("reports an edit once, at the next poll", async () => {
    await follow();
    await look(2);
    expect(told).toEqual([]);
    await writeFile(path, '{"a":2}');
    await lookUntilTold(1);
    await look(3);
    expect(told).toEqual([{ a: 2 }]);
  });

  it("sees an edit of the same size whose modification time was set back", async () => {
    const before = new Date("2025-01-01T00:00:00Z");
    await utimes(path, before, before);
    await follow();
    await look(2);
    await writeFile(path, '{"a":3}');
    await utimes(path, before, before);
    expect((await stat(path)).size).toBe(7);
    await lookUntilTold(1);
    expect(told).toEqual([{ a: 3 }]);
  });

  it("sees a file that took the place of the old one", async () => {
    await follow();
    await writeFile(`${path}.new`, '{"a":4}');
    await rename(`${path}.new`, path);
    await lookUntilTold(1);
    expect(told).toEqual([{ a: 4 }]);
  });

  it("reports a problem at the second look, once, and then the content that mends it", async () => {
    await follow();
    await writeFile(path, "{");
    await look();
    expect(told, "it may be half written").toEqual([]);
    await lookUntilTold(1);
    await look(2);
    const problem = `${path}, line 1, column 2: expected a name in double quotes, but found the end`;
    expect(told).toEqual([problem]);
    await rm(path);
    await lookUntilTold(2);
    expect(told).toEqual([problem, `Cannot read ${path}: it does not exist`]);
    await writeFile(path, '{"a":1}');
    await lookUntilTold(3);
    expect(told.at(-1)).toEqual({ a: 1 });
  });

  it("reports a problem again that was mended meanwhile", async () => {
    await follow();
    for (const count of [1, 3]) {
      await writeFile(path, "{");
      await lookUntilTold(count);
      await writeFile(path, '{"a":1}');
      await lookUntilTold(count + 1);
    }
    expect(told.map((item) => typeof item)).toEqual(["string", "object", "string", "object"]);
  });

  it("waits for a file that is half written and grows, also when its problem stays the same", async () => {
    await follow();
    for (const text of ["{x", "{xy", "{xyz"]) {
      await writeFile(path, text);
      await lookOnce();
    }
    expect(told).toEqual([]);
    await lookOnce();
    expect(told).toEqual([`${path}, line 1, column 2: expected a name in double quotes, but found "x"`]);
  });

  it("reads a file again for two seconds after a change, and then not until it is touched", async () => {
    // An editor or a copy may set the time of modification back.
    await utimes(path, 1, 1);
    await setClockAfterChange(1_100);
    await follow();
    const read = vi.spyOn(FileText.prototype, "read");
    try {
      for (let looks = 0; looks < 8; looks++) await lookOnce();
      expect(read, "at 1,300, 1,500, 1,700 and 1,900 ms").toHaveBeenCalledTimes(4);
    } finally {
      read.mockRestore();
    }
  });

  it("sees each change of a file that was at rest for long", async () => {
    const before = new Date("2025-01-01T00:00:00Z");
    await utimes(path, before, before);
    await setClockAfterChange(3_600_000);
    await follow();
    await lookOnce();
    await lookOnce();
    // Deno rounds the time of the inode's change down to seconds: there, the time of modification has to tell.
    const isExact = (await stat(path)).ctimeMs % 1_000 !== 0;
    await writeFile(path, '{"a":3}');
    if (isExact) await utimes(path, before, before);
    await setClockAfterChange(3_600_000);
    await lookOnce();
    expect(told).toEqual([{ a: 3 }]);
    await writeFile(path, "{");
    await setClockAfterChange(3_600_000);
    await lookOnce();
    await lookOnce();
    expect(told, "a problem, at the second look").toHaveLength(2);
  });

  it("reports content that cannot be served", async () => {
    await follow();
    refused = '{"a":5}';
    await writeFile(path, refused);
    await lookUntilTold(1);
    await look(2);
    expect(told).toEqual(["cannot be served"]);
  });

  it("reports nothing after it was stopped", async () => {
    const stop = await follow();
    await writeFile(path, '{"a":6}');
    stop();
    expect(scheduler.armed).toBe(0);
    await look(2);
    expect(told).toEqual([]);
  });

  it("reports nothing when it is stopped during a look", async () => {
    const stop = await follow();
    await writeFile(path, '{"a":6}');
    const stopped = new Promise<void>((resolve) => {
      vi.spyOn(FileText.prototype, "read").mockImplementationOnce(() => {
        stop();
        resolve();
        return readFile(path, "utf8");
      });
    });
    await look();
    await stopped;
    await file.change(({ text }) => ({ text, result: "the look is over" }));
    expect(told).toEqual([]);
    expect(scheduler.armed).toBe(0);
    vi.restoreAllMocks();
  });
});

describe("FlagFile.change()", () => {
  it("has saved when it resolves, and the watch does not tell of it", async () => {
    await follow();
    expect(await file.change(append("b"))).toBe("b");
    expect(await readFile(path, "utf8")).toBe('{"a":1,"b":1}');
    await look(3);
    expect(told).toEqual([]);
    expect(await readdir(folder), "nothing is left beside it").toEqual(["flags.json"]);
  });

  it("serves an edit that no look has seen first, and keeps it", async () => {
    await follow();
    await writeFile(path, '{"a":7}');
    await file.change(append("b"));
    expect(told).toEqual([{ a: 7 }]);
    expect(await readFile(path, "utf8")).toBe('{"a":7,"b":1}');
    await look(3);
    expect(told).toHaveLength(1);
  });

  it("serves the file again before a change is made again, also when only its stamp is another", async () => {
    await follow();
    let calls = 0;
    await file.change((current) => {
      // An editor saved between the look at the stamp and the reading of the text.
      if (++calls === 1) utimesSync(path, 1, 1);
      else expect(told, "what the first call changed is undone").toEqual([{ a: 1 }]);
      return append("b")(current);
    });
    expect(calls).toBe(2);
    expect(await readFile(path, "utf8")).toBe('{"a":1,"b":1}');
    await look(3);
    expect(told).toHaveLength(1);
  });

  it("serves the file after a change that was not saved, because the file is invalid meanwhile", async () => {
    await follow();
    const changed = file.change((current) => {
      writeFileSync(path, "{");
      return append("b")(current);
    }).catch(String);
    let isDone = false;
    void changed.then(() => isDone = true);
    while (!isDone) await scheduler.advance(50);
    expect(await changed).toContain("line 1, column 2");
    expect(told).toEqual([]);
    await writeFile(path, '{"a":1}');
    await lookUntilTold(1);
    expect(told, "the change is undone").toEqual([{ a: 1 }]);
  });

  it("serves the file again after a change that could not be saved", async () => {
    await follow();
    const changed = file.change((current) => {
      // Nothing can be written through a link that leads nowhere.
      rmSync(path);
      symlinkSync("nowhere", path);
      return append("b")(current);
    });
    await expect(changed).rejects.toThrow(`Cannot write ${path}: it does not exist`);
    expect(told, "the change is undone").toEqual([{ a: 1 }]);
  });

  it("does not parse again what a change knows", async () => {
    await follow();
    const content = { a: 1, b: 1 };
    await file.change((current) => ({ ...append("b")(current), content }));
    await file.change((current) => {
      expect(current.content).toBe(content);
      return { text: current.text, result: undefined };
    });
    await file.change(append("c"));
    await file.change((current) => {
      expect(current.content).toEqual({ a: 1, b: 1, c: 1 });
      return { text: current.text, result: undefined };
    });
  });

  it("makes one change after the other", async () => {
    await follow();
    await Promise.all(["b", "c", "d"].map((name) => file.change(append(name))));
    expect(await readFile(path, "utf8")).toBe('{"a":1,"b":1,"c":1,"d":1}');
  });

  it("is lost in no other process that changes the same file", async () => {
    const others = [file, new FlagFile(path, scheduler), new FlagFile(path, scheduler)];
    for (const other of others) await other.read();
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
    const changes = Promise.all(names.map((name, index) => others[index % 3]!.change(append(name))));
    let isDone = false;
    changes.finally(() => isDone = true).catch(() => {});
    while (!isDone) await scheduler.advance(10);
    await changes;
    expect(Object.keys(JSON.parse(await readFile(path, "utf8"))).sort()).toEqual(["a", ...names].sort());
  });

  it("breaks the lock of a process that was killed", async () => {
    const lock = join(folder, ".flags.json.lock");
    await writeFile(lock, "of the dead");
    const long = new Date(Date.now() - 10_000);
    await utimes(lock, long, long);
    await file.read();
    await file.change(append("b"));
    expect(await readFile(path, "utf8")).toBe('{"a":1,"b":1}');
    expect(await readdir(folder)).toEqual(["flags.json"]);
  });

  it("serves edits while a change waits for the lock of a process that was killed", async () => {
    await follow();
    const lock = join(folder, ".flags.json.lock");
    await writeFile(lock, "of the dead");
    // It is never old enough to be broken here.
    await utimes(lock, new Date(Date.now() + 600_000), new Date(Date.now() + 600_000));
    const changed = file.change(append("b"));
    await writeFile(path, '{"a":7}');
    await lookUntilTold(1);
    expect(told).toEqual([{ a: 7 }]);
    await rm(lock);
    let isDone = false;
    changed.finally(() => isDone = true).catch(() => {});
    while (!isDone) await scheduler.advance(10);
    await changed;
    expect(await readFile(path, "utf8")).toBe('{"a":7,"b":1}');
  });

  it("keeps a symbolic link and the permissions of the file", async () => {
    await mkdir(join(folder, "real"));
    const target = join(folder, "real", "flags.json");
    await writeFile(target, '{"a":1}', { mode: 0o640 });
    await rm(path);
    await symlink(join("real", "flags.json"), path);
    await file.read();
    await file.change(append("b"));
    expect(await readFile(target, "utf8")).toBe('{"a":1,"b":1}');
    expect((await stat(target)).mode & 0o777).toBe(0o640);
    expect(await readdir(join(folder, "real"))).toEqual(["flags.json"]);
  });

  it("waits for a file that is half written", async () => {
    await follow();
    await writeFile(path, '{"a":');
    const changed = file.change(append("b"));
    await scheduler.advance(100);
    await writeFile(path, '{"a":8}');
    await scheduler.advance(100);
    await changed;
    expect(await readFile(path, "utf8")).toBe('{"a":8,"b":1}');
  });

  it("is refused for a file that stays invalid, is missing, or cannot be served", async () => {
    await follow();
    await writeFile(path, "{");
    const invalid = file.change(append("b")).catch(String);
    await scheduler.advance(2_000);
    expect(await invalid).toContain("line 1, column 2");
    await rm(path);
    const missing = file.change(append("b")).catch(String);
    await scheduler.advance(2_000);
    expect(await missing).toContain(`Cannot read ${path}: it does not exist`);
    refused = '{"a":9}';
    await writeFile(path, refused);
    await expect(file.change(append("b"))).rejects.toThrow("cannot be served");
    expect(await readFile(path, "utf8")).toBe(refused);
  });

  it("rejects with what the change throws, and goes on", async () => {
    await follow();
    await expect(file.change(() => {
      throw new RangeError("no");
    })).rejects.toThrow(RangeError);
    expect(await file.change(append("b"))).toBe("b");
  });

  it("saves nothing when the text stays", async () => {
    await follow();
    const { ino } = await stat(path);
    await file.change(({ text }) => ({ text, result: undefined }));
    expect((await stat(path)).ino).toBe(ino);
  });
});

describe("FlagFile.read()", () => {
  it.each<[string, Uint8Array, string]>([
    [
      "UTF-16, little endian",
      new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
      "it is UTF-16, save it as UTF-8",
    ],
    ["UTF-16, big endian", new Uint8Array([0xfe, 0xff, 0, 0x7b, 0, 0x7d]), "it is UTF-16, save it as UTF-8"],
    ["UTF-16 without a mark", new Uint8Array([0x7b, 0, 0x7d, 0]), "it is UTF-16, save it as UTF-8"],
    [
      "Windows-1252",
      new Uint8Array([0x7b, 0x0a, 0x22, 0xfc, 0x22, 0x3a, 0x31, 0x7d]),
      "line 2 is not UTF-8, save the file as UTF-8",
    ],
  ])("refuses %s", async (_, bytes, reason) => {
    await writeFile(path, bytes);
    await expect(file.read()).rejects.toThrow(`Cannot read ${path}: ${reason}`);
  });

  it("warns about names that occur twice", async () => {
    await writeFile(path, '{"a":1,"a":2}');
    const warnings: string[] = [];
    expect(await file.read((message) => warnings.push(message))).toEqual({ a: 2 });
    expect(warnings).toEqual([`${path}, line 1, column 8: "a" is defined twice, the last one counts`]);
  });

  it("warns about names that occur twice in what others write later, once for each edit", async () => {
    const warnings: string[] = [];
    await file.read((message) => warnings.push(message));
    file.watch({ onContent: (content) => told.push(content), onError: ({ message }) => told.push(message) });
    await writeFile(path, '{"b":1,"b":2}');
    await lookUntilTold(1);
    await look(2);
    expect(warnings).toEqual([`${path}, line 1, column 8: "b" is defined twice, the last one counts`]);
    await writeFile(path, '{"c":1,"c":2}');
    await file.change(append("d"));
    expect(warnings.slice(1)).toEqual([
      `${path}, line 1, column 8: "c" is defined twice, the last one counts`,
    ]);
  });
});
