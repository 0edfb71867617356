import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readSources } from "./sources.ts";

const page = await readFile("docs/configuration.md", "utf8");

// Its tables are renewed, and compared with the code, by test/system/docs/configuration-tables.ts.
describe("docs/configuration.md", () => {
  it("names every environment variable that is read (contract §7)", async () => {
    const sources = [...(await readSources()).values()].join("\n");
    const read = new Set(sources.match(/\bFEATUREFLIP_[A-Z_]+/g));
    const named = new Set(page.match(/(?<=^\| `)FEATUREFLIP_[A-Z_]+/gm));
    expect(named).toEqual(read);
  });

  it("has a table for every interface of options that an entry exports", async () => {
    // The page describes options of a call in a sentence, and aliases in the tables of RequestOptions and OfrepOptions.
    const calls = new Set(["AfterOptions", "RolloutOptions", "TestOptions", "TimeoutOptions"]);
    const aliases = new Set(["FeatureflipMiddlewareOptions", "OfrepRouteOptions", "WithFlagsOptions"]);
    const exported = new Set<string>();
    for (const [path, text] of await readSources()) {
      if (!path.endsWith("/mod.ts")) continue;
      for (const [name] of text.matchAll(/\b\w+Options\b/g)) exported.add(name);
    }
    const tables = new Set([...page.matchAll(/<!-- (\w+): /g)].map(([, name]) => name!));
    expect([...exported].filter((name) => ![tables, calls, aliases].some((names) => names.has(name))))
      .toEqual([]);
  });
});
