import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readContext, readFileText, reasonOf } from "../../../src/cli/read-file-text.ts";
import { makeFolder, removeFolder } from "./temporary-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => removeFolder(folder));

describe("readFileText()", () => {
  it("keeps a byte order mark, so that it can be written back", async () => {
    const path = join(folder, "flags.json");
    await writeFile(path, "\uFEFF{ }\n");
    expect(await readFileText(path)).toBe("\uFEFF{ }\n");
  });

  it("refuses other encodings, and names the line", async () => {
    const path = join(folder, "flags.json");
    await writeFile(path, "{ }", "utf16le");
    await expect(readFileText(path)).rejects.toThrow(`Cannot read ${path}: it is UTF-16, save it as UTF-8`);
    await writeFile(path, Buffer.from('{\n"caf\xe9": 1 }', "latin1"));
    await expect(readFileText(path)).rejects.toThrow("line 2 is not UTF-8, save the file as UTF-8");
  });

  it("names the path and the reason", async () => {
    const missing = join(folder, "missing.json");
    await expect(readFileText(missing)).rejects.toThrow(`Cannot read ${missing}: it does not exist`);
    const directory = join(folder, "directory");
    await mkdir(directory);
    await expect(readFileText(directory)).rejects.toThrow(`Cannot read ${directory}: it is a directory`);
  });
});

describe("reasonOf()", () => {
  it("translates the codes of system calls, and keeps other messages", () => {
    expect(reasonOf({ code: "EROFS" })).toBe("the file system is read-only");
    expect(reasonOf(new Error("too many links"))).toBe("too many links");
  });
});

describe("readContext()", () => {
  it("reads JSON, or a file after @", async () => {
    expect(await readContext('{"user_id":"u-1"}')).toEqual({ user_id: "u-1" });
    const path = join(folder, "context.json");
    await writeFile(path, '{ "plan": "pro" }');
    expect(await readContext(`@${path}`)).toEqual({ plan: "pro" });
  });

  it("refuses with exit code 2 what is not a JSON object", async () => {
    await expect(readContext("user")).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^Option '--context' must be JSON: /),
    });
    for (const given of ["[]", "null", '"u-1"']) {
      await expect(readContext(given)).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringMatching(/^Option '--context' must be an object/),
      });
    }
  });
});
