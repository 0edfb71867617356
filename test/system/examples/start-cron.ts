import { build } from "esbuild";
import process from "node:process";
import { startProcess } from "./start-process.ts";
import type { RunningProcess } from "./start-process.ts";

/** Serves the function, and has Vercel's REST API be elsewhere than the example says. */
const ENTRY = `
import { createServer } from "node:http";
import process from "node:process";
import { GET } from "example";
const { fetch } = globalThis;
globalThis.fetch = (url, init) => fetch(url.replace("https://api.vercel.com", process.env.VERCEL_API), init);
const server = createServer(async ({ headers }, response) => {
  const answer = await GET(new Request("http://cron/", { headers })).catch((error) => new Response(error.message, { status: 500 }));
  response.writeHead(answer.status).end(await answer.text());
});
server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));
process.once("SIGTERM", () => server.close());
`;

/** Starts a function that a Vercel Cron calls, on Node, as Vercel's functions are by default. */
export async function startCron(
  path: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningProcess> {
  const outfile = ".tmp/examples/cron.mjs";
  await build({
    stdin: { contents: ENTRY, resolveDir: "." },
    alias: { example: `./${path}` },
    outfile,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    // The package as npm gets it, not the sources that tsconfig.json points at.
    tsconfigRaw: {},
    logLevel: "warning",
  });
  return await startProcess([process.execPath, outfile], env);
}
