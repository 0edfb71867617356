import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FileText, readFileText, reasonOf } from "../../../src/cli/files.ts";
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

describe("FileText", () => {
  it("reads what others have written, whatever its length", async () => {
    const path = join(folder, "flags.json");
    const file = new FileText();
    for (const text of ["{ }", "[ ]", "[1]\n", "[1]", "", "é".repeat(9_000), "1"]) {
      await writeFile(path, text);
      for (let times = 0; times < 2; times++) expect(await file.read(path)).toBe(text);
    }
    await rm(path);
    await expect(file.read(path)).rejects.toThrow(`Cannot read ${path}: it does not exist`);
  });

  it("does not decode again what it has read or written", async () => {
    const path = join(folder, "flags.json");
    const file = new FileText();
    await writeFile(path, "\uFEFF[1]");
    await file.read(path);
    const decode = vi.spyOn(Buffer.prototype, "toString");
    await file.read(path);
    for (const text of ["é", "é".repeat(9_000), "[2]", "é".repeat(10)]) {
      const bytes = file.encode(text);
      await writeFile(path, bytes);
      file.keep(text, bytes);
      expect(await file.read(path)).toBe(text);
      expect(await file.read(path)).toBe(text);
    }
    expect(decode).not.toHaveBeenCalled();
    decode.mockRestore();
    expect(await readFileText(path)).toBe("é".repeat(10));
  });

  it("keeps what it knows when a text was encoded and not written", async () => {
    const path = join(folder, "flags.json");
    const file = new FileText();
    await writeFile(path, "[1]");
    expect(await file.read(path)).toBe("[1]");
    file.keep("[2]", file.encode("[2]"));
    file.encode("[3]");
    await writeFile(path, "[3]");
    expect(await file.read(path)).toBe("[3]");
  });
});

describe("reasonOf()", () => {
  it("translates the codes of system calls, and keeps other messages", () => {
    expect(reasonOf({ code: "EROFS" })).toBe("the file system is read-only");
    expect(reasonOf(new Error("too many links"))).toBe("too many links");
  });
});
