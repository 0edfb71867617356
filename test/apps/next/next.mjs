import { deepStrictEqual, doesNotMatch, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { flag, where } from "@featureflip/sdk/testing";
import { createAccessProof } from "flags";

const environment = {
  flags: [
    flag("banner").when(where("user_id", "Equals", "ada"), "on").otherwise("off"),
    flag("tier", { free: "free", pro: "pro" }).when(where("user_id", "Equals", "ada"), "pro").otherwise(
      "free",
    ),
    flag("search", { off: null, v2: { engine: "v2", limits: [1, 2] } }).otherwise("v2"),
  ],
};
const api = createEvaluationApi({ sdkKeys: ["sdk-next"], environment });
const service = await serve(api, { port: 0 });
const env = {
  ...process.env,
  FEATUREFLIP_SDK_KEY: "sdk-next",
  FEATUREFLIP_BASE_URL: service.url,
  FLAGS_SECRET: Buffer.alloc(32, 1).toString("base64url"),
  NEXT_TELEMETRY_DISABLED: "1",
};
let output = "";
const next = (...args) => {
  const child = spawn(process.execPath, ["node_modules/next/dist/bin/next", ...args], { env });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += text;
      process.stdout.write(text);
    });
  }
  return child;
};
let server;
try {
  const [code] = await once(next("build"), "exit");
  strictEqual(code, 0, "next build");
  doesNotMatch(output, /not supported in the Edge Runtime/);
  const port = await freePort();
  server = next("start", "--port", String(port), "--hostname", "127.0.0.1");
  const get = (path, headers) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
  const read = async (path, headers) => {
    const text = await (await get(path, headers)).text();
    const [, content] = /<p>(.*?)<\/p>/.exec(text.replaceAll("<!-- -->", "")) ?? [];
    return content?.replaceAll("&quot;", '"') ?? text.slice(0, 500);
  };
  const end = Date.now() + 120_000;
  while (await get("/").then(() => false, () => Date.now() < end)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  const expected = { banner: true, tier: "pro", search: { engine: "v2", limits: [1, 2] } };
  deepStrictEqual(JSON.parse(await read("/")), expected, "a property of a Client Component");
  const ada = { cookie: "user-id=ada", "x-visitor": "ada" };
  strictEqual(await read("/sdk", ada), "true pro pro pro pro 1", "identify of the Flags SDK");
  strictEqual(await read("/sdk"), "false free free free pro 1", "identify without an id");
  const recorded = api.events.length;
  strictEqual(await read("/marketing", ada), "true pro", "precomputed in the middleware");
  // Sent after the response by Next's waitUntil.
  while (api.events.length < recorded + 2 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  doesNotMatch(output, /\[featureflip\]/);
  strictEqual(await read("/marketing"), "false free", "precomputed without an id");

  const path = "/.well-known/vercel/flags";
  strictEqual((await get(path)).status, 401);
  const authorization = `Bearer ${await createAccessProof(env.FLAGS_SECRET)}`;
  const { definitions, hints } = await (await get(path, { authorization })).json();
  deepStrictEqual(hints, []);
  deepStrictEqual(definitions.tier, {
    options: [{ value: "free", label: "free" }, { value: "pro", label: "pro" }],
    origin: { provider: "featureflip" },
  });
  console.log("ok");
} finally {
  server?.kill("SIGKILL");
  await service.close();
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}
