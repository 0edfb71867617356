/**
 * `npm run test:browser`: the page of `featureflip dev` in headless Chromium, over `dist/`. Chromium is the one that
 * `CHROMIUM` names, or /usr/bin/chromium; `SCREENSHOTS=1` renews the pictures of the docs.
 */
import { FeatureflipClient } from "@featureflip/sdk";
import { createRelay, serve } from "@featureflip/sdk/server";
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { chromium } from "playwright-core";
import type { BrowserContextOptions, Page } from "playwright-core";
import { finish } from "../../../scripts/steps.ts";
import { SAMPLE_ENVIRONMENT } from "../../../src/cli/dev/sample-environment.ts";
import { until } from "../../support/until.ts";
import { makeFolder, removeFolder } from "../../unit/cli/temporary-folder.ts";
import { RUNTIMES, startCli } from "../cli/start-cli.ts";
import type { RunningCli } from "../cli/start-cli.ts";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

/** What a check works with. */
interface Scene {
  readonly page: Page;
  readonly url: string;
  readonly file: string;
  /** What no page may cause: errors, violations of its policy, requests to others. */
  readonly faults: string[];
  /** Ends the command and starts it anew on the same port. */
  readonly restart: () => Promise<void>;
}

interface SceneOptions {
  readonly environment?: string;
  readonly args?: readonly string[];
  readonly browser?: BrowserContextOptions;
}

let passed = 0;
let failed = 0;

/** Runs one check on a page of its own, behind a command of its own. */
async function check(
  name: string,
  prove: (scene: Scene) => Promise<void>,
  { environment = SAMPLE_ENVIRONMENT, args = [], browser: options = {} }: SceneOptions = {},
): Promise<void> {
  const folder = await makeFolder();
  const file = join(folder, "featureflip.json");
  await writeFile(file, environment);
  const dev = (port: string): RunningCli =>
    startCli(RUNTIMES.Node!, ["dev", "--port", port, ...args], folder);
  let running = dev("0");
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const start = performance.now();
  try {
    const [, address = ""] = await running.printed(/Page +(http:\S+)/);
    const url = new URL(address).origin;
    // The runner of these scripts gives functions their names by this one, also in code that runs in the page.
    await context.addInitScript("globalThis.__name = (value) => value;");
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      // Violations of the policy are said there, as errors.
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("dialog", (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(`${url}/`) && !request.url().startsWith("data:")) {
        faults.push(request.url());
      }
    });
    await page.goto(address);
    await page.getByRole("status").filter({ hasText: /^live$/ }).waitFor();
    await page.locator(".flag").first().waitFor();
    const restart = async (): Promise<void> => {
      strictEqual(await running.end("SIGTERM"), 0);
      running = dev(new URL(url).port);
      await running.printed(/Page +http/);
    };
    await prove({ page, url, file, faults, restart });
    deepStrictEqual(faults, []);
    strictEqual(await running.end("SIGTERM"), 0);
    passed++;
    console.log(`ok    ${name} (${Math.round(performance.now() - start)} ms)`);
  } catch (error) {
    failed++;
    console.log(
      `FAIL  ${name}\n${error instanceof Error ? error.stack : String(error)}\n${running.output()}`,
    );
    await running.end("SIGTERM").catch(() => {});
  } finally {
    await context.close();
    await removeFolder(folder);
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function connect(url: string): Promise<FeatureflipClient> {
  return FeatureflipClient.create({ sdkKey: "sdk-local", baseUrl: url, logger: silent });
}

/** The row of a flag. */
function rowOf(page: Page, key: string): ReturnType<Page["locator"]> {
  return page.locator(".flag").filter({
    has: page.getByRole("switch", { name: `Flag ${key}`, exact: true }),
  });
}

await check(
  "a flip reaches a client and the file, and the page shows what the client then evaluates",
  async ({ page, url, file }) => {
    const client = await connect(url);
    try {
      await page.getByText("1 client connected").waitFor();
      const flip = page.getByRole("switch", { name: "Flag rate-limit" });
      strictEqual(client.variation("rate-limit", { user_id: "ada" }, 0), 100);
      await flip.click();
      await page.locator(`[aria-label="Flag rate-limit"][aria-checked=false]`).waitFor();
      await until(() => client.variation("rate-limit", {}, 0, { track: false }) === 10);
      strictEqual(client.variation("rate-limit", { user_id: "ada" }, 0), 10);
      client.track("order-placed", { user_id: "ada" }, { total: 59.9 });
      await client.flush();
      const events = page.locator("#events li");
      await events.nth(2).waitFor();
      const shown = await events.allInnerTexts();
      match(shown[0]!, /order-placed\s+Custom\s+for ada · \{"total":59\.9\}/);
      match(shown[1]!, /rate-limit\s+strict = 10\s+for ada/);
      match(shown[2]!, /rate-limit\s+normal = 100\s+for ada/);
      match(await rowOf(page, "rate-limit").innerText(), /2×/);

      const expected = SAMPLE_ENVIRONMENT.replace(
        `"key": "rate-limit",\n      "type": "Number",\n      "enabled": true`,
        `"key": "rate-limit",\n      "type": "Number",\n      "enabled": false`,
      );
      ok(expected !== SAMPLE_ENVIRONMENT);
      for (const end = Date.now() + 30_000; await readFile(file, "utf8") !== expected && Date.now() < end;);
      strictEqual(await readFile(file, "utf8"), expected);

      // And back.
      await page.getByRole("button", { name: "Undo" }).click();
      await until(() => client.variation("rate-limit", {}, 0, { track: false }) === 100);
      await page.getByRole("button", { name: "Clear" }).click();
      strictEqual(await events.count(), 0);
    } finally {
      await client.close();
    }
    await page.getByText("0 clients connected").waitFor();
  },
);

await check("an edit of the file appears, and so does a mistake in it", async ({ page, file }) => {
  await writeFile(file, SAMPLE_ENVIRONMENT.replace(`"dark-mode"`, `"night-mode"`));
  await rowOf(page, "night-mode").waitFor();
  strictEqual(await rowOf(page, "dark-mode").count(), 0);
  await writeFile(file, "{");
  await page.getByRole("alert").filter({ hasText: "line 1, column 2" }).waitFor();
  await writeFile(file, SAMPLE_ENVIRONMENT);
  await rowOf(page, "dark-mode").waitFor();
  await page.getByRole("alert").waitFor({ state: "hidden" });
});

await check("a context is tried against every flag, with each step of the explanation", async ({ page }) => {
  await page.getByLabel(/Attributes as JSON/).fill(`{ "user_id": "ada", "plan": "business", "seats": 20 }`);
  const row = rowOf(page, "pricing-tier");
  await row.locator(".value").filter({ hasText: /^pro$/ }).waitFor();
  match(await row.locator("summary").innerText(), /rule paying matches/);
  await row.locator("summary").click();
  const trace = row.getByRole("list", { name: "Evaluation of pricing-tier" });
  const steps = (await trace.innerText()).split("\n");
  deepStrictEqual(steps.filter((line) => line !== ""), [
    "rule large-companies",
    `plan Equals "business" (is "business")`,
    `seats GreaterThanOrEqual 100 (is 20)`,
    "rule paying",
    `plan In "pro", "business" (is "business")`,
    "Serves pro",
  ]);
  await page.getByRole("button", { name: "+ beta" }).click();
  await rowOf(page, "new-checkout").getByText("rule beta-testers-first matches").waitFor();
  await page.getByLabel(/Attributes as JSON/).fill("{ nonsense");
  await page.getByText("This is not JSON: names and texts need double quotes").waitFor();
  ok(await page.locator("#flags").evaluate((list) => list.classList.contains("outdated")));
  strictEqual(await page.getByLabel(/Attributes as JSON/).getAttribute("aria-invalid"), "true");
});

await check("the default is chosen in the page", async ({ page, url }) => {
  const client = await connect(url);
  await rowOf(page, "pricing-tier").locator("summary").click();
  await page.getByLabel("Variation of pricing-tier when no rule matches").selectOption("enterprise");
  await until(() => client.variation("pricing-tier", {}, "") === "enterprise");
  await client.close();
});

await check("the keyboard is enough", async ({ page, url }) => {
  const client = await connect(url);
  try {
    await page.keyboard.press("/");
    await page.keyboard.type("rate");
    deepStrictEqual(await page.locator(".flag:visible .key").allInnerTexts(), ["rate-limit"]);
    await page.keyboard.press("Tab");
    strictEqual(await page.evaluate(() => document.activeElement?.textContent), "New flag");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await until(() => client.variation("rate-limit", {}, 0) === 10);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    ok(
      await rowOf(page, "rate-limit").locator("details").evaluate((details) => details.hasAttribute("open")),
    );
    await page.keyboard.press("Tab");
    // A letter chooses, and opens no list that takes the next key.
    await page.keyboard.type("s");
    await until(() => client.explain("rate-limit", {}).detail.reason === "FLAG_DISABLED");
    await page.getByText("rate-limit serves strict").waitFor();
    await page.keyboard.press("Tab");
    strictEqual(await page.evaluate(() => document.activeElement?.textContent), "Undo");
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    strictEqual(await page.locator(".flag:visible").count(), 6);
  } finally {
    await client.close();
  }
});

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(1)</script>",
  "__proto__",
  "constructor",
  "toString",
  "..",
  "",
  "javascript:alert(1)",
  `" onmouseover="alert(1)`,
  "\u202eevil\u0000\u2028",
  "{{token}}",
];

const hostileEnvironment = JSON.stringify({
  environment: "<b onclick=alert(1)>env</b>",
  flags: HOSTILE.map((text) => ({
    key: text,
    type: "Json",
    enabled: true,
    variations: [{ key: text || "empty", value: { [text]: text } }],
    rules: [{
      id: text || "id",
      conditionGroups: [{
        operator: "And",
        conditions: [{ attribute: text, operator: "Equals", values: [text] }],
      }],
      serve: { type: "Fixed", variation: text || "empty" },
    }],
    fallthrough: { type: "Fixed", variation: text || "empty" },
    offVariation: text || "empty",
  })),
});

await check(
  "hostile keys, values, attributes and events are shown as text, and can be flipped",
  async ({ page, url }) => {
    const client = await connect(url);
    try {
      deepStrictEqual(
        await page.locator(".flag .key").evaluateAll((keys) => keys.map((key) => key.textContent)),
        HOSTILE,
      );
      strictEqual(await page.locator("#environment").textContent(), "<b onclick=alert(1)>env</b>");
      for (const summary of await page.locator("summary").all()) await summary.click();
      for (const name of await page.locator("#attributes button").allInnerTexts()) {
        await page.locator("#attributes button").filter({ hasText: name }).first().click().catch(() => {});
      }
      for (const [index, text] of HOSTILE.entries()) {
        client.track(text, { user_id: text }, { [text]: text });
        client.variation(text, { user_id: text }, null);
        await page.getByRole("switch").nth(index).click();
        await until(() => client.explain(text, {}).detail.reason === "FLAG_DISABLED");
      }
      await client.flush();
      await page.locator("#events li").nth(2 * HOSTILE.length - 1).waitFor();
      strictEqual(await page.locator("main img, main script, main b").count(), 0);
      ok((await page.locator("#events").innerText()).includes("<img src=x onerror=alert(1)>"));
    } finally {
      await client.close();
    }
  },
  { environment: hostileEnvironment },
);

await check(
  "nothing that is not the page's own runs or is fetched, even if it came in",
  async ({ page, faults }) => {
    const outcome = await page.evaluate(async () => {
      const inserted = (make: () => void): boolean => {
        try {
          make();
          return true;
        } catch {
          return false;
        }
      };
      const markup = inserted(() =>
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=alert(1)>")
      );
      const script = document.createElement("script");
      const code = inserted(() => {
        script.text = "window.ran = true";
        document.body.append(script);
      });
      const fetched = await fetch("https://example.com/").then(() => true, () => false);
      return { markup, code, ran: "ran" in window, fetched };
    });
    deepStrictEqual(outcome, { markup: false, code: false, ran: false, fetched: false });
    // Each attempt was said to be a violation; those are what this check is about.
    ok(
      faults.length > 0 &&
        faults.every((fault) => /Content Security Policy|TrustedHTML|TrustedScript|violates/i.test(fault)),
      faults.join("\n"),
    );
    faults.length = 0;
  },
);

await check("the page finds a server that is started anew, whose token is another", async (scene) => {
  const { page, faults } = scene;
  const token = (): Promise<string | null> =>
    page.locator("meta[name=featureflip-token]").getAttribute("content");
  const before = await token();
  await scene.restart();
  await page.locator(`meta[name=featureflip-token]:not([content="${before}"])`).waitFor({
    state: "attached",
  });
  await page.getByRole("switch", { name: "Flag rate-limit" }).click();
  await page.getByText("rate-limit is off").waitFor();
  // While it was away, it could not be asked.
  ok(faults.every((fault) => fault.startsWith("Failed to load resource")), faults.join("\n"));
  faults.length = 0;
});

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** All faults that axe finds. */
async function faultsOfAccess(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    const { passes, violations } = await (globalThis as unknown as {
      axe: {
        run(): Promise<
          { passes: unknown[]; violations: { id: string; nodes: { html: string }[] }[] }
        >;
      };
    }).axe.run();
    if (passes.length === 0) return ["axe has looked at nothing"];
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

for (const [colorScheme, ground] of [["light", "rgb(245, 245, 249)"], ["dark", "rgb(17, 17, 24)"]] as const) {
  await check(`axe finds no fault, ${colorScheme}`, async ({ page, url }) => {
    strictEqual(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), ground);
    deepStrictEqual(await faultsOfAccess(page), []);
    const client = await FeatureflipClient.create({ sdkKey: "sdk-local", baseUrl: url, logger: silent });
    const ada = { user_id: "ada", plan: "business", seats: 20 };
    try {
      await page.getByLabel(/Attributes as JSON/).fill(JSON.stringify(ada, null, 2));
      await rowOf(page, "pricing-tier").locator(".value").filter({ hasText: /^pro$/ }).waitFor();
      await rowOf(page, "pricing-tier").locator("summary").click();
      await page.getByRole("switch", { name: "Flag rate-limit" }).click();
      await page.getByRole("button", { name: "Undo" }).waitFor();
      client.variation("dark-mode", ada, false);
      client.variation("pricing-tier", ada, "free");
      client.variation("new-checkout", ada, false);
      client.identify(ada);
      client.track("order-placed", ada, { total: 59.9, currency: "EUR" });
      await client.flush();
      await page.locator("#events li").nth(4).waitFor();
      deepStrictEqual(await faultsOfAccess(page), []);
      await page.getByLabel(/Attributes as JSON/).evaluate((box) => (box as HTMLElement).blur());
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `docs/images/dev-page-${colorScheme}.png` });
    } finally {
      await client.close();
    }
  }, { browser: { colorScheme } });
}

const NARROW = [[320, "light"], [390, "light"], [390, "dark"], [430, "light"]] as const;
for (const [width, colorScheme] of NARROW) {
  const name = `it has room at ${width} px, a JSON flag's name and value included, ${colorScheme}`;
  await check(name, async ({ page }) => {
    ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    const row = rowOf(page, "search-settings");
    const [name, value, height] = await Promise.all([
      row.locator("summary > span").first().boundingBox(),
      row.locator(".value").boundingBox(),
      row.evaluate((item) => item.getBoundingClientRect().height),
    ]);
    ok(name!.width >= 150, `the name has ${name!.width} px`);
    ok(value!.y >= name!.y + name!.height, "the value stands below the name");
    ok(height < 160, `the row is ${height} px high`);
    await page.getByRole("button", { name: "New flag" }).click();
    for (const summary of await page.locator("summary").all()) await summary.click();
    ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "opened");
    for (const step of await page.locator(".trace li").all()) ok((await step.boundingBox())!.width >= 120);
    const tier = rowOf(page, "pricing-tier");
    for (const fact of await tier.locator("dd").all()) ok((await fact.boundingBox())!.width >= 150);
    const choice = tier.getByRole("combobox");
    ok(await choice.evaluate((box) => box.clientWidth) >= 80, "the variation served by default is visible");
    deepStrictEqual(await faultsOfAccess(page), []);
  }, { browser: { colorScheme, viewport: { width, height: 844 } } });
}

await check("it tells how to connect while no client is", async ({ page, url }) => {
  const code = page.getByLabel("Code that connects a client");
  await code.waitFor();
  strictEqual(
    await page.getByLabel("Variables that connect a client").innerText(),
    `export FEATUREFLIP_SDK_KEY=sdk-local\nexport FEATUREFLIP_BASE_URL=${url}`,
  );
  match(await code.innerText(), /client\.boolVariation\("dark-mode", \{ user_id: "u-1" \}, false\)/);
  await page.getByRole("button", { name: "Copy" }).first().click();
  const client = await connect(url);
  await code.waitFor({ state: "hidden" });
  await client.close();
  await code.waitFor();
});

await check(
  "the code that it shows runs as it stands, and what it evaluates appears",
  async ({ page, url }) => {
    const code = page.getByLabel("Code that connects a client");
    ok(
      await code.evaluate((shown) => shown.scrollWidth <= shown.clientWidth),
      "no text lies under the button",
    );
    const client = spawn(process.execPath, ["--input-type=module", "-e", (await code.textContent())!], {
      env: { ...process.env, FEATUREFLIP_SDK_KEY: "sdk-local", FEATUREFLIP_BASE_URL: url },
      stdio: "ignore",
    });
    try {
      await page.locator("#events li").filter({ hasText: /dark-mode.*off = false/s }).waitFor();
      await page.getByRole("switch", { name: "Flag dark-mode" }).click();
      await page.locator("#events li").filter({ hasText: /dark-mode.*on = true/s }).waitFor();
    } finally {
      client.kill();
    }
  },
  { browser: { viewport: { width: 390, height: 844 } } },
);

await check("a flag is created in the page, and saved", async ({ page, file, faults }) => {
  await page.getByRole("button", { name: "New flag" }).click();
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("hello");
  await page.locator("#new-type").selectOption("String");
  await page.getByRole("button", { name: "Create" }).click();
  await rowOf(page, "hello").waitFor();
  const { flags } = JSON.parse(await readFile(file, "utf8"));
  strictEqual(flags.at(-1).key, "hello");
  await page.getByRole("button", { name: "New flag" }).click();
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("hello");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("alert").filter({ hasText: "already exists" }).waitFor();
  strictEqual(await page.locator(".flag").count(), flags.length);
  // The browser logs the refusal, which this check asks for.
  ok(faults.every((fault) => fault.includes("409")), faults.join("\n"));
  faults.length = 0;
});

await check(
  "it says why a prerequisite turns a flag off, marks unknown flags and groups repeats",
  async (scene) => {
    const { page, url } = scene;
    await rowOf(page, "one-click-payment").getByText("off: new-checkout is off").waitFor();
    const client = await connect(url);
    try {
      client.variation("dark-mod", { user_id: "ada" }, false);
      for (let count = 0; count < 3; count++) client.variation("rate-limit", { user_id: "ada" }, 0);
      await client.flush();
      await page.getByText('unknown flag, did you mean "dark-mode"?').waitFor();
      strictEqual(await page.locator("#events li").count(), 2);
      match((await page.locator("#events li").allInnerTexts()).join("\n"), /rate-limit\s*3×/);
    } finally {
      await client.close();
    }
  },
);

await check(
  "where other machines can ask, the token is in the printed address alone",
  async ({ page, url }) => {
    strictEqual(await page.evaluate(() => location.hash), "");
    await page.getByRole("switch", { name: "Flag rate-limit" }).click();
    await page.getByText("rate-limit is off").waitFor();

    const stranger = await browser.newPage();
    await stranger.goto(url);
    await stranger.getByLabel(/needs the token/).waitFor();
    strictEqual(await stranger.locator(".flag").count(), 0);
    await stranger.close();
  },
  { args: ["--host", "0.0.0.0"] },
);

await check(
  "an EventSource follows a relay behind a proxy that adds the key",
  async ({ page, url, faults }) => {
    const start = async (port: number): ReturnType<typeof serve> => {
      const relay = createRelay({
        upstream: { sdkKey: "sdk-local", baseUrl: url },
        sdkKeys: ["relay-1"],
        logger: silent,
      });
      const server = await serve(relay, { port });
      await until(() => relay.status.upstream.state === "READY");
      return server;
    };
    let server = await start(0);
    const { port } = new URL(server.url);
    const visitor = await browser.newPage();
    try {
      await visitor.goto(`${server.url}/ready`);
      await visitor.evaluate("globalThis.__name = (value) => value;");
      // By itself it cannot send the header that the stream asks for, and gives up for good.
      strictEqual(
        await visitor.evaluate(() =>
          new Promise((resolve) => {
            const source = new EventSource("/v1/sdk/stream");
            source.onmessage = resolve;
            source.onerror = () => resolve(source.readyState === EventSource.CLOSED);
          })
        ),
        true,
      );
      await visitor.setExtraHTTPHeaders({ authorization: "relay-1" });
      await visitor.evaluate(() => {
        const source = new EventSource("/v1/sdk/stream");
        const received: string[] = [];
        for (const name of ["sync", "flag.updated"]) {
          source.addEventListener(name, ({ data }) => {
            const { key, enabled, flags } = JSON.parse(data);
            received.push(name === "sync" ? `${flags.length} flags` : `${key} ${enabled}`);
          });
        }
        Object.assign(globalThis, { received });
      });
      const receives = async (...events: readonly string[]): Promise<void> => {
        await visitor.waitForFunction(
          (all) => String(Reflect.get(globalThis, "received")) === all,
          String(events),
        );
      };
      await receives("6 flags");
      await page.getByRole("switch", { name: "Flag dark-mode" }).click();
      await receives("6 flags", "dark-mode true");
      // A drain tells it when to be back.
      await server.close({ drain: 200 });
      server = await start(Number(port));
      await receives("6 flags", "dark-mode true", "6 flags");
    } finally {
      await visitor.close();
      await server.close();
    }
    faults.length = 0;
  },
);

await browser.close();
finish({ passed, failed });
