import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { constantParts, readMessages } from "./read-messages.ts";
import { readSources } from "./sources.ts";

const page = await readFile("docs/errors.md", "utf8");
const configuration = await readFile("docs/configuration.md", "utf8");
const sources = await readSources();

/** Where messages of a client come from; those of the command and of the servers explain themselves where they appear. */
const CLIENT =
  /^src\/(adapters|client|contract|data-source|errors|evaluate|evaluation|events|http|regex|runtime|shared-store|store)\//;

/** Of these folders, what no user reads, or reads elsewhere. */
const ELSEWHERE: readonly RegExp[] = [
  /^src\/adapters\/redis\/redis-store\.ts: if redis\.call/, // a script of Redis
  /^src\/shared-store\/envelope\.ts: featureflip shared store/, // what is hashed
  /^src\/adapters\/cloudflare\/snapshot-object\.ts: /, // an answer to our own store
  /^src\/adapters\/openfeature\/(conversions\.ts: Flag|provider-events\.ts:) /, // OpenFeature's errors and log
  /^src\/adapters\/opentelemetry\/.*: (?:Cannot )?create the OpenTelemetry inspector/, // says what to do
  // What stands in the place of a `…`.
  /: (And and Or|Fixed and Rollout|a string or null|a string, a number or a boolean|a list with something else)$/,
  /: (30,000 ms to 3,600,000 ms \(an hour\)|an object with a token|a number of bytes, at least 1|an object without attributes of its own|a string that is not empty)$/,
  /: ('trace' of @opentelemetry\/api|a logger of @opentelemetry\/api-logs)$/,
  /: (create provider|create test client|a snapshot or a function that returns one)$/,
  /: (mode \(or streaming\)|create client|wait for flags|flush events|close client|wrap handler|create adapter|no reason given|no content type|8 KB fit on Hobby.*)$/,
];

const messages = [...sources].flatMap(([path, source]) => readMessages(path, source));

describe("docs/errors.md", () => {
  it("has every code of a FeatureflipError", () => {
    const source = sources.get("src/errors/featureflip-error.ts")!;
    const unions = [...source.matchAll(/type (?:Evaluation)?ErrorCode =\n([^;]*);/g)].map(([, union]) =>
      union
    );
    const codes = unions.join().match(/[A-Z_]{3,}/g);
    expect(page.match(/(?<=^\| `)[A-Z]+(_[A-Z]+)*(?=`)/gm)?.sort()).toEqual(codes?.sort());
  });

  it("has every message that a client may give", () => {
    const texts = plain(page + configuration);
    const missing = messages.filter(({ path }) => CLIENT.test(path))
      .filter(({ path, text }) => !ELSEWHERE.some((pattern) => pattern.test(`${path}: ${text}`)))
      .filter(({ text }) => !constantParts(text).every((part) => texts.includes(plain(part))));
    expect(missing.map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
  });

  it("has no message that there is not", () => {
    const texts = plain(messages.map(({ text }) => text).join("\n"));
    const shown = [...page.matchAll(/^\| (`[^|]*`)/gm)].flatMap(([, cell = ""]) =>
      cell.match(/[^`]+(?=`(,|:|$| ))/g) ?? []
    );
    const parts = shown.flatMap(constantParts);
    expect(parts.length).toBeGreaterThan(70);
    expect(parts.filter((part) => !texts.includes(plain(part)))).toEqual([]);
  });
});

describe("readMessages()", () => {
  it("joins what a message is put together of", () => {
    const source = "f(`No flags within ${timeout} ms` + more, 'two words'); // a comment of words";
    expect(readMessages("a.ts", source)).toEqual([{ path: "a.ts", text: "No flags within … ms…" }]);
  });
});

function plain(text: string): string {
  return text.replaceAll(/[`\\]/g, "").replaceAll(/\s+/g, " ");
}
