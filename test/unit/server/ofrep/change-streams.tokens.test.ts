import { describe, expect, it } from "vitest";
import { Signer, StreamTokens } from "../../../../src/server/ofrep/change-streams.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 30);
const HOUR = 3_600_000;

function tokensOf(sdkKey: string): StreamTokens {
  return new StreamTokens(new Signer(sdkKey));
}

describe("StreamTokens (contract §9)", () => {
  it("opens the streams of every instance with the same SDK key", async () => {
    const token = await tokensOf("sdk-1").issue("0123456789abcdef", "https://a.example", NOW);
    const verified = await tokensOf("sdk-1").verify(token, "https://a.example", NOW);
    expect(verified).toEqual({ caller: "0123456789abcdef", expiresAt: Date.UTC(2026, 0, 2, 12) });
    expect(await tokensOf("sdk-2").verify(token, "https://a.example", NOW)).toBeUndefined();
  });

  it("is the same within an hour, and expires after 24 hours", async () => {
    const tokens = tokensOf("sdk-1");
    const token = await tokens.issue("", "", NOW);
    expect(await tokens.issue("", "", NOW + HOUR / 3)).toBe(token);
    expect(await tokens.issue("", "", NOW + HOUR)).not.toBe(token);
    expect(await tokens.verify(token, "", NOW + 23 * HOUR)).toBeDefined();
    expect(await tokens.verify(token, "", NOW + 24 * HOUR)).toBeUndefined();
  });

  it("is signed once in an hour for each caller and origin, and a hundred are remembered", async () => {
    const signer = new Signer("sdk-1");
    const tokens = new StreamTokens(signer);
    let signatures = 0;
    const { sign } = signer;
    signer.sign = (text) => {
      signatures++;
      return sign.call(signer, text);
    };
    const token = await tokens.issue("aa", "", NOW);
    expect(await tokens.issue("aa", "", NOW + 1)).toBe(token);
    expect(signatures).toBe(1);
    for (let page = 0; page < 100; page++) await tokens.issue("aa", `https://${page}.example`, NOW);
    expect(await tokens.issue("aa", "", NOW)).toBe(token);
    expect(signatures, "the first was forgotten").toBe(102);
  });

  it("is bound to the page's origin", async () => {
    const tokens = tokensOf("sdk-1");
    const token = await tokens.issue("", "https://a.example", NOW);
    expect(await tokens.verify(token, "https://b.example", NOW)).toBeUndefined();
    expect(await tokens.verify(token, "", NOW)).toBeUndefined();
  });

  it("refuses what was forged", async () => {
    const tokens = tokensOf("sdk-1");
    const token = await tokens.issue("aa", "", NOW);
    const [expiry, caller, mac] = token.split(".");
    const forged = [
      "",
      "..",
      token.slice(0, -1),
      `${Number(expiry) + HOUR}.${caller}.${mac}`,
      `0${token}`,
      `${expiry}.bb.${mac}`,
      `${expiry}.${caller}.${"A".repeat(43)}`,
      `${token} `,
    ];
    for (const text of forged) expect(await tokens.verify(text, "", NOW), text).toBeUndefined();
  });
});
