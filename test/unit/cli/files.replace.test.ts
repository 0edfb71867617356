import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceFile, withFileLock } from "../../../src/cli/files.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { makeFolder, removeFolder } from "./temporary-folder.ts";

let folder: string;

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(() => removeFolder(folder));

describe("replaceFile()", () => {
  it("creates a file and its folders, replaces it, and leaves nothing beside it", async () => {
    const path = join(folder, "a", "b", "file.txt");
    expect(await replaceFile(path, "one")).toBe(true);
    expect(await replaceFile(path, "two")).toBe(true);
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(join(folder, "a", "b"))).toEqual(["file.txt"]);
  });

  it("keeps the old text when it is asked to at the last moment", async () => {
    const path = join(folder, "file.txt");
    await writeFile(path, "old");
    expect(await replaceFile(path, "new", { mayReplace: () => Promise.resolve(false) })).toBe(false);
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["file.txt"]);
  });

  it("names the path and the reason when it cannot write", async () => {
    await mkdir(join(folder, "directory"));
    await expect(replaceFile(join(folder, "directory"), "x")).rejects.toThrow(
      `Cannot write ${join(folder, "directory")}: it is a directory`,
    );
    await symlink("nowhere", join(folder, "link"));
    await expect(replaceFile(join(folder, "link"), "x")).rejects.toThrow("it does not exist");
  });
});

describe("withFileLock()", () => {
  const scheduler = new ManualScheduler(1);
  const holdLock = async (): Promise<string> => await readFile(join(folder, ".file.txt.lock"), "utf8");

  it("holds a lock beside the file that links lead to while the task runs, and removes it", async () => {
    await mkdir(join(folder, "linked"));
    await writeFile(join(folder, "file.txt"), "text");
    await symlink("../file.txt", join(folder, "linked", "link.txt"));
    expect(await withFileLock(join(folder, "linked", "link.txt"), scheduler, holdLock)).not.toBe("");
    await expect(withFileLock(join(folder, "file.txt"), scheduler, () => Promise.reject(new Error("no"))))
      .rejects.toThrow("no");
    expect(await readdir(folder)).toEqual(["file.txt", "linked"]);
    expect(await readdir(join(folder, "linked"))).toEqual(["link.txt"]);
  });

  it("leaves the lock of a process that took over from a task of more than three seconds", async () => {
    const lock = join(folder, ".file.txt.lock");
    await withFileLock(join(folder, "file.txt"), scheduler, () => writeFile(lock, "of another process"));
    expect(await readFile(lock, "utf8")).toBe("of another process");
  });

  it("takes over a lock that is older than three seconds, and no younger one", async () => {
    const lock = join(folder, ".file.txt.lock");
    const ageLock = (seconds: number): Promise<void> =>
      utimes(lock, Date.now() / 1_000 - seconds, Date.now() / 1_000 - seconds);
    await writeFile(lock, "of a process that was killed");
    await ageLock(4);
    expect(await withFileLock(join(folder, "file.txt"), scheduler, holdLock)).not.toMatch("killed");

    await writeFile(lock, "of another process");
    await ageLock(-60);
    let isDone = false;
    const done = withFileLock(join(folder, "file.txt"), scheduler, holdLock).then(() => isDone = true);
    while (scheduler.armed === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(isDone).toBe(false);
    await rm(lock);
    await scheduler.advance(10);
    await done;
  });
});
