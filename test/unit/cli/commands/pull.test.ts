import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../../mod.ts";
import { serve } from "../../../../src/server/mod.ts";
import { flag } from "../../../../src/testing/mod.ts";
import { fixed } from "../../../support/wire.ts";
import { createApi, SDK_KEY } from "../../server/local-api.ts";
import { runCli } from "../run-cli.ts";
import { createSample } from "../sample.ts";

const { folder, file, remove } = await createSample();
afterAll(remove);
const server = await serve(createApi());
afterAll(() => server.close());

describe("featureflip pull", () => {
  it("writes a snapshot that a client starts from, and the types beside it", async () => {
    const out = join(folder, "pulled", "here");
    const { code } = await runCli(["pull", "--url", server.url, "--key", SDK_KEY, "--out", out]);
    expect(code).toBe(0);
    const bootstrap = JSON.parse(await readFile(join(out, "featureflip.snapshot.json"), "utf8"));
    expect(bootstrap).toEqual(JSON.parse(JSON.stringify(createApi().snapshot)));
    const client = new FeatureflipClient({ mode: "offline", bootstrap });
    expect(client.variation("by-plan", { plan: "pro" }, false)).toBe(true);
    await client.close();
    const types = await readFile(join(out, "featureflip.flags.ts"), "utf8");
    expect(types).toContain(`  readonly "dark-mode": boolean;\n`);
  });

  it("prints nothing of the SDK key, though the service echoes it (contract §1)", async () => {
    const echoes = [
      { flags: SDK_KEY, segments: [] },
      { flags: [{ ...createApi().snapshot.flags[0], fallthrough: { type: SDK_KEY } }], segments: [] },
    ];
    for (const payload of echoes) {
      const fetch = (): Promise<Response> => Promise.resolve(Response.json(payload));
      const echo = await serve({ fetch, close() {} });
      const { out, err } = await runCli(["eval", "dark-mode", "--url", echo.url, "--key", SDK_KEY]);
      const lines = err.split("\n").filter((line) => line.includes("[SDK key]"));
      expect(lines.length).toBeGreaterThan(0);
      expect(new Set(lines).size, "each said once").toBe(lines.length);
      expect(out + err).not.toContain(SDK_KEY);
      await echo.close();
    }
  });

  it("warns about mistakes in what the service sends, not about what a newer one sends besides", async () => {
    const flag = {
      ...createApi().snapshot.flags.find(({ key }) => key === "dark-mode")!,
      owner: "a newer service",
      rules: [{ id: "r", conditionGroups: [{ operator: "And", conditions: [] }], serve: fixed("on") }],
    };
    const fetch = (): Promise<Response> => Promise.resolve(Response.json({ flags: [flag], segments: [] }));
    const service = await serve({ fetch, close() {} });
    const source = ["--url", service.url, "--key", SDK_KEY];
    const warning = "flags[0].rules[0].conditionGroups[0].conditions is empty: the group matches everybody";
    for (
      const args of [["eval", "dark-mode"], ["explain", "dark-mode"], [
        "pull",
        "--out",
        join(folder, "service"),
      ]]
    ) {
      const { code, err } = await runCli([...args, ...source]);
      expect(code).toBe(0);
      expect(err.split("\n").filter((line) => line.startsWith("flags["))).toEqual([warning]);
    }
    await service.close();
  });

  it("writes what the wire tolerates, and eval, explain and dev read it (contract §9)", async () => {
    const tolerated = {
      ...createApi().snapshot.flags[0]!,
      type: "Money",
      variations: [{ key: "on", value: null }],
      fallthrough: { type: "Rollout" },
      prerequisites: [{ prerequisiteFlagKey: "gone", expectedVariationKey: "on" }],
      enabled: false,
      offVariation: null,
    };
    const fetch = (): Promise<Response> =>
      Promise.resolve(
        Response.json({
          flags: [tolerated, { ...tolerated, key: "new", fallthrough: { type: "Canary" } }],
          segments: [],
        }),
      );
    const service = await serve({ fetch, close() {} });
    const out = join(folder, "tolerated");
    expect(await runCli(["pull", "--url", service.url, "--key", SDK_KEY, "--out", out])).toMatchObject({
      code: 0,
    });
    await service.close();
    const pulled = join(out, "featureflip.snapshot.json");
    for (
      const args of [["eval", "dark-mode", "--file", pulled], ["explain", "dark-mode", "--file", pulled], [
        "dev",
        pulled,
        "--port",
        "0",
      ]]
    ) {
      const { code, err } = await runCli(args);
      expect(code, args[0]).toBe(0);
      expect(err).toContain('flags[1].fallthrough.type must be "Fixed" or "Rollout", but is "Canary"');
    }
  });

  it("reports with --check whether the files are up to date", async () => {
    const args = ["pull", "--file", file, "--out", folder, "--snapshot", "s.json", "--types", "t.ts"];
    expect(await runCli([...args, "--check"])).toMatchObject({
      code: 3,
      err: `featureflip pull: ${
        join(folder, "s.json")
      } does not exist yet: run \`npx @featureflip/sdk pull\`\n`,
    });
    expect(await runCli(args)).toMatchObject({ code: 0 });
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 0 });
    await writeFile(join(folder, "t.ts"), "// edited");
    expect(await runCli([...args, "--check"])).toMatchObject({
      code: 3,
      err: `featureflip pull: ${join(folder, "t.ts")} is out of date: run \`npx @featureflip/sdk pull\`\n`,
    });
  });

  it("ignores line endings and the order of flags with --check", async () => {
    const out = join(folder, "order");
    const flags = join(out, "flags.json");
    const args = ["pull", "--file", flags, "--out", out];
    await mkdir(out);
    await writeFile(flags, JSON.stringify({ flags: [flag("a"), flag("b")] }));
    expect(await runCli(args)).toMatchObject({ code: 0 });
    for (const name of ["featureflip.flags.ts", "featureflip.snapshot.json"]) {
      const text = await readFile(join(out, name), "utf8");
      await writeFile(join(out, name), text.replaceAll("\n", "\r\n"));
    }
    await writeFile(flags, JSON.stringify({ flags: [flag("b"), flag("a")] }));
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 0, err: "" });
    await writeFile(flags, JSON.stringify({ flags: [flag("b"), flag("a").otherwise("on")] }));
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 3 });
  });

  it("writes and compares only the types with --types-only: an edit of a rule does not change them", async () => {
    const out = join(folder, "types");
    const flags = join(out, "flags.json");
    const types = join(out, "featureflip.flags.ts");
    await mkdir(out);
    await writeFile(flags, JSON.stringify({ flags: [flag("dark-mode")] }));
    const args = ["pull", "--file", flags, "--out", out, "--types-only"];
    expect(await runCli(args)).toEqual({ code: 0, out: `Wrote ${types}: 1 flag from ${flags}\n`, err: "" });
    expect((await readdir(out)).sort()).toEqual(["featureflip.flags.ts", "flags.json"]);

    await writeFile(flags, JSON.stringify({ flags: [flag("dark-mode").otherwise("on")] }));
    expect(await runCli([...args, "--check"])).toEqual({
      code: 0,
      out: `${types} is up to date with ${flags}\n`,
      err: "",
    });
    await writeFile(flags, JSON.stringify({ flags: [flag("dark-mode", { a: "a", b: "b" })] }));
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 3, out: "" });
  });

  it("writes and compares keys for OpenFeature with --openfeature", async () => {
    const out = join(folder, "openfeature");
    const flags = join(out, "flags.json");
    const keys = join(out, "featureflip.openfeature.d.ts");
    await mkdir(out);
    await writeFile(flags, JSON.stringify({ flags: [flag("dark-mode"), flag("tier", { free: "free" })] }));
    const args = ["pull", "--file", flags, "--out", out, "--openfeature"];
    const [snapshot, types] = ["featureflip.snapshot.json", "featureflip.flags.ts"].map((name) =>
      join(out, name)
    );
    expect(await runCli(args)).toMatchObject({
      out: `Wrote ${snapshot}, ${types} and ${keys}: 2 flags from ${flags}\n`,
    });
    expect(await readFile(keys, "utf8")).toContain('export type StringFlagKey =\n    | "tier";\n');
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 0 });
    await writeFile(keys, "");
    expect(await runCli([...args, "--check"])).toMatchObject({ code: 3, out: "" });
  });
});
