import { describe, expect, it } from "vitest";
import { Envelopes } from "../../../src/shared-store/envelope.ts";

const SDK_KEY = "sdk-envelope-0123456789";
const BASE_URL = "https://flags.example";
const NOW = 1_767_225_600_000;
const BODY = `{"flags":[],"segments":[],"name":"ü 用户 😀"}`;
/** Computed by another implementation (Node's `hkdfSync` and `createHmac`). */
const TEXT = String
  .raw`{"format":2,"fingerprint":"743ee7da64a6e5bb","fetchedAt":1767225600000,"etag":"\"v1\"","mac":"xfvAhdtJCclOH2RyL31JgdN86vBZ5iw4HuoFuP24554"}` +
  `\n${BODY}`;

const envelopes = await Envelopes.create(SDK_KEY, BASE_URL);

async function check(text: string, by: Envelopes = envelopes): Promise<boolean> {
  return await by.verify(by.open(text, NOW));
}

describe("Envelopes (contract §8)", () => {
  it("write these bytes, which every version and language must agree on", async () => {
    expect(envelopes.fingerprint).toBe("743ee7da64a6e5bb");
    expect(await envelopes.seal({ fetchedAt: NOW, etag: `"v1"`, body: BODY })).toBe(TEXT);
  });

  it("read what they write, with and without an ETag", async () => {
    for (const etag of [`"v1"`, undefined]) {
      const text = await envelopes.seal({ fetchedAt: NOW - 5, etag, body: BODY });
      expect(envelopes.open(text, NOW)).toMatchObject({ fetchedAt: NOW - 5, etag, body: BODY });
      expect(await check(text)).toBe(true);
    }
  });

  it.each<[string, (text: string) => string]>([
    ["a changed flag", (text) => text.replace(`"flags":[]`, `"flags":{}`)],
    ["an older date", (text) => text.replace("1767225600000", "1767225500000")],
    ["a newer date", (text) => text.replace("1767225600000", "1767225600001")],
    ["another ETag", (text) => text.replace("v1", "v2")],
    ["no ETag", (text) => text.replace(String.raw`,"etag":"\"v1\""`, "")],
    ["half a body", (text) => text.slice(0, -20)],
    ["a longer body", (text) => `${text} `],
    ["another MAC", (text) => text.replace(`"mac":"x`, `"mac":"y`)],
    ["an added field", (text) => text.replace(`,"mac"`, `,"admin":true,"mac"`)],
    ["a doubled field", (text) => text.replace(`,"fetchedAt"`, `,"fetchedAt":1,"fetchedAt"`)],
    ["a space", (text) => text.replace(`{"format":2,`, `{"format":2, `)],
  ])("do not verify %s", async (_, forge) => {
    expect(forge(TEXT)).not.toBe(TEXT);
    expect(await check(forge(TEXT))).toBe(false);
  });

  it("do not verify what another key, or the same key at another base URL, has sealed", async () => {
    const foreign = await Envelopes.create("sdk-of-somebody-else", BASE_URL);
    const elsewhere = await Envelopes.create(SDK_KEY, "https://other.example");
    for (const other of [foreign, elsewhere]) {
      const text = await other.seal({ fetchedAt: NOW, etag: undefined, body: BODY });
      expect(() => envelopes.open(text, NOW)).toThrow("it belongs to another SDK key or base URL");
      const disguised = text.replace(other.fingerprint, envelopes.fingerprint);
      expect(await check(disguised)).toBe(false);
    }
  });

  it.each<[string, unknown]>([
    ["another format", TEXT.replace(`"format":2`, `"format":1`)],
    ["no format", TEXT.replace(`"format":2,`, "")],
    ["no signature", TEXT.replace(/,"mac":"[^"]*"/, "")],
    ["a short signature", TEXT.replace("24554", "")],
    ["a signature that is not the last field", TEXT.replace(/(,"mac":"[^"]*")\}/, `$1,"etag":"x"}`)],
    ["no first line", BODY],
    ["nothing", ""],
    ["an ETag that no header carries", TEXT.replace("v1", String.raw`v\n1`)],
    ["an ETag that is a number", TEXT.replace(String.raw`"\"v1\""`, "5")],
    ["an ETag of 1,001 characters", TEXT.replace("v1", "v".repeat(999))],
    ["a first line of more than 8 KiB", TEXT.replace("{", `{"x":"${"x".repeat(8192)}",`)],
    ["a date that is text", TEXT.replace("1767225600000", `"now"`)],
  ])("do not open %s", (_, text) => {
    expect(() => envelopes.open(text, NOW)).toThrow("it was not written by this version of the package");
  });

  it("open a first line of 8 KiB, and none that is longer", () => {
    const lineOf = (length: number): string => {
      const filler = length - TEXT.indexOf("\n") - `"x":"",`.length;
      return TEXT.replace("{", `{"x":"${"x".repeat(filler)}",`);
    };
    expect(envelopes.open(lineOf(8192), NOW).line).toHaveLength(8192);
    expect(() => envelopes.open(lineOf(8193), NOW)).toThrow("not written by this version");
  });

  it.each([5, null, {}, new Uint8Array(4)])("do not open what is not a string: %j", (text) => {
    expect(() => envelopes.open(text, NOW)).toThrow(/^it is .*, not a string$/);
  });

  it("treat a date up to a minute ahead as now, and refuse one further ahead", async () => {
    const at = async (fetchedAt: number) =>
      envelopes.open(await envelopes.seal({ fetchedAt, etag: undefined, body: BODY }), NOW);
    expect((await at(NOW + 60_000)).fetchedAt).toBe(NOW);
    await expect(at(NOW + 60_001)).rejects.toThrow("it is dated in the future");
  });

  it("accept a snapshot of 32 MiB, and refuse a larger one, in bytes, when writing and when reading", async () => {
    const MAX = 32 * 2 ** 20;
    const sealed = await envelopes.seal({ fetchedAt: NOW, etag: undefined, body: "x".repeat(MAX) });
    expect(await check(sealed)).toBe(true);
    const tooLarge = "it is larger than 33554432 bytes";
    const seal = (body: string) => envelopes.seal({ fetchedAt: NOW, etag: undefined, body });
    await expect(seal("x".repeat(MAX + 1))).rejects.toThrow(tooLarge);
    await expect(seal("用".repeat(MAX / 2))).rejects.toThrow(tooLarge);
    expect(() => envelopes.open(`${sealed}${"x".repeat(8192)}`, NOW)).toThrow(tooLarge);
  });
});
