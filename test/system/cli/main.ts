/** `npm run test:cli`: the command in processes of its own, on Node (built), Bun and Deno (from the sources). */
import { FeatureflipClient } from "@featureflip/sdk";
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { finish } from "../../../scripts/steps.ts";
import { SAMPLE_ENVIRONMENT } from "../../../src/cli/dev/sample-environment.ts";
import { until } from "../../support/until.ts";
import { flip } from "../../unit/cli/flip.ts";
import { makeFolder, removeFolder } from "../../unit/cli/temporary-folder.ts";
import { checkInterleavings } from "./interleavings.ts";
import { RUNTIMES, startCli } from "./start-cli.ts";

/** What clients of a server that ends complain of is no news here. */
const logger = { debug() {}, info() {}, warn() {}, error() {} };

let passed = 0;
let failed = 0;

/** Runs one check in an empty folder. */
async function check(name: string, prove: (folder: string) => Promise<void>): Promise<void> {
  const folder = await makeFolder();
  const start = performance.now();
  try {
    await prove(folder);
    passed++;
    console.log(`ok    ${name} (${Math.round(performance.now() - start)} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    await removeFolder(folder);
  }
}

for (const [runtime, command] of Object.entries(RUNTIMES)) {
  await check(
    `${runtime}: dev makes a file, follows it, saves a flip, and ends on SIGTERM`,
    async (folder) => {
      const file = join(folder, "featureflip.json");
      const dev = startCli(command, ["dev", "--port", "0"], folder);
      const [, url = ""] = await dev.printed(/Page +(http:\S+)\//);
      match(dev.output(), /Created featureflip\.json with sample flags/);
      match(dev.output(), new RegExp(`FEATUREFLIP_SDK_KEY=sdk-local FEATUREFLIP_BASE_URL=${url}\n`));

      const client = await FeatureflipClient.create({ sdkKey: "sdk-local", baseUrl: url, logger });
      try {
        const user = { user_id: "ada" };
        strictEqual(client.variation("dark-mode", user, true), false);

        // The file changes: the client sees it.
        const text = await readFile(file, "utf8");
        await writeFile(file, text.replace(`"enabled": false`, `"enabled": true`));
        await until(() => client.variation("dark-mode", user, false));

        // The page flips it back: the client sees it, and the file is as it was.
        await flip(url, "dark-mode", false);
        await until(() => !client.variation("dark-mode", user, true));
        strictEqual(await readFile(file, "utf8"), text);

        // A mistake in the file: it says where, and serves on.
        await writeFile(file, text.replace(`"enabled": false,`, `"enabled": "yes",`));
        await dev.printed(/featureflip\.json: flags\[0\]\.enabled must be true or false, but is "yes"/);
        strictEqual(client.variation("dark-mode", user, true), false);
      } finally {
        await client.close();
      }
      strictEqual(await dev.end("SIGTERM"), 0);
      deepStrictEqual(await readdir(folder), ["featureflip.json"]);
    },
  );

  await check(`${runtime}: dev ends on SIGINT with a page and a client still connected`, async (folder) => {
    const dev = startCli(command, ["dev", "--port", "0", "--key", "sdk-other"], folder);
    const [, url = ""] = await dev.printed(/Page +(http:\S+)\//);
    const client = await FeatureflipClient.create({ sdkKey: "sdk-other", baseUrl: url, logger });
    strictEqual(await dev.end("SIGINT"), 0);
    await client.close();
  });

  await check(`${runtime}: dev says what is wrong with its file or its port`, async (folder) => {
    const fails = async (code: number, message: RegExp, ...args: string[]): Promise<void> => {
      const dev = startCli(command, ["dev", ...args], folder);
      strictEqual(await dev.end(), code);
      match(dev.output(), message);
    };
    await writeFile(join(folder, "bad.json"), `{\n  "flags": [,]\n}\n`);
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => taken.once("listening", listening));
    const port = String((taken.address() as AddressInfo).port);
    try {
      await Promise.all([
        fails(1, /^featureflip dev: bad\.json, line 2, column 13: expected a value/, "bad.json"),
        fails(
          1,
          /^featureflip dev: Cannot read none\.json: it does not exist \(--init creates it/,
          "none.json",
        ),
        fails(1, /Cannot listen on 127\.0\.0\.1, port \d+: it is in use/, "--port", port),
      ]);
    } finally {
      taken.close();
    }
  });
}

for (const [runtime, command] of Object.entries(RUNTIMES)) {
  await check(`${runtime}: eval, explain and pull`, async (folder) => {
    await writeFile(join(folder, "featureflip.json"), SAMPLE_ENVIRONMENT);
    const runs = [
      [["eval", "pricing-tier", "-c", `{"plan":"pro"}`], 0, /^"pro"$/m],
      [["explain", "pricing-tier", "-c", `{"plan":"pro"}`], 0, /✓ plan In "pro", "business" \(is "pro"\)/],
      [
        ["pull"],
        0,
        /^Wrote featureflip\.snapshot\.json and featureflip\.flags\.ts: 6 flags from featureflip\.json$/m,
      ],
      [["eval", "nope"], 1, /^featureflip eval: Unknown flag "nope" in featureflip\.json$/m],
    ] as const;
    await Promise.all(runs.map(async ([args, code, message]) => {
      const cli = startCli(command, args, folder);
      strictEqual(await cli.end(), code);
      match(cli.output(), message);
    }));
    deepStrictEqual((await readdir(folder)).sort(), [
      "featureflip.flags.ts",
      "featureflip.json",
      "featureflip.snapshot.json",
    ]);
  });
}

await check("Deno: the permissions that the guide names are enough", async (folder) => {
  const withOnly = (...permissions: string[]): readonly [string, ...string[]] => {
    const [deno, ...words] = RUNTIMES.Deno!;
    return [deno, ...words.flatMap((word) => word === "-A" ? ["--no-prompt", ...permissions] : [word])];
  };
  const ofFile = ["--allow-read=.", "--allow-write=."];
  const dev = startCli(withOnly("--allow-net=127.0.0.1", ...ofFile), ["dev", "--port", "0"], folder);
  const [, url = ""] = await dev.printed(/Page +(http:\S+)\//);
  await flip(url, "dark-mode", true);
  const flipped = SAMPLE_ENVIRONMENT.replace(`"enabled": false`, `"enabled": true`);
  await until(() => readFileSync(join(folder, "featureflip.json"), "utf8") === flipped);

  const open = ["dev", "--port", "0", "--host", "0.0.0.0"];
  const remote = startCli(
    withOnly("--allow-net=0.0.0.0", "--allow-sys=networkInterfaces", ...ofFile),
    open,
    folder,
  );
  await remote.printed(/Page +http:\S+\/#token=/);

  const environment = "--allow-env=FEATUREFLIP_SDK_KEY,FEATUREFLIP_BASE_URL";
  const service = { FEATUREFLIP_SDK_KEY: "sdk-local", FEATUREFLIP_BASE_URL: url };
  const { host } = new URL(url);
  const runs: readonly [string[], string[], Record<string, string>?][] = [
    [["--allow-read=featureflip.json"], ["eval", "dark-mode"]],
    [["--allow-read=featureflip.json"], ["explain", "dark-mode"]],
    [[`--allow-net=${host}`], ["eval", "dark-mode"], service],
    [["--allow-read=.", "--allow-write=."], ["pull"]],
    [[`--allow-net=${host}`, "--allow-read=.", "--allow-write=."], ["pull", "--out", "of-service"], service],
  ];
  await Promise.all(runs.map(async ([permissions, args, env]) => {
    const cli = startCli(withOnly(environment, ...permissions), args, folder, env);
    strictEqual(await cli.end(), 0, `${args.join(" ")}: ${cli.output()}`);
  }));
  for (const server of [dev, remote]) strictEqual(await server.end("SIGTERM"), 0);
});

await check("dev finds a free port when the usual one is taken", async (folder) => {
  const usual = createServer();
  // Whoever has it already serves as well.
  await new Promise((settled) =>
    usual.once("listening", settled).once("error", settled).listen(3547, "127.0.0.1")
  );
  try {
    const dev = startCli(RUNTIMES.Node!, ["dev"], folder);
    await dev.printed(/Port 3547 is in use, using a free one\n/);
    const [, url = ""] = await dev.printed(/Page +(http:\S+)\//);
    strictEqual((await fetch(`${url}/health`)).status, 200);
    strictEqual(await dev.end("SIGTERM"), 0);
  } finally {
    usual.close();
  }
});

await check("two dev on one file lose no flip, whoever edits and kills, and tear no file", async () => {
  console.log(`      ${await checkInterleavings(2)}`);
});

finish({ passed, failed });
