import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceFile } from "../../../src/cli/replace-file.ts";
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
