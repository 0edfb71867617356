// Where the endpoint runs. Each host returns its URL, and ends on request.
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { spawn } from "node:child_process";
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { delimiter, resolve } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";

const FOLDER = "test/system/ofrep";

/** Starts host.mjs on a runtime. */
async function startProcess([file, ...args], serviceUrl) {
  const PATH = `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH}`;
  const child = spawn(file, [...args, `${FOLDER}/host.mjs`, serviceUrl], {
    env: { ...process.env, PATH, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((found, fail) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
      const [url] = /http:\/\/\S+(?=\n)/.exec(output) ?? [];
      if (url !== undefined) found(url);
    });
    child.once("exit", (code) => fail(new Error(`${file} ended with ${code}: ${output}`)));
  });
  return {
    url,
    stop: () =>
      new Promise((ended) => {
        child.once("exit", ended);
        child.kill("SIGTERM");
      }),
  };
}

async function bundle(format, condition) {
  const { outputFiles } = await build({
    entryPoints: [`${FOLDER}/worker.mjs`],
    bundle: true,
    write: false,
    format,
    conditions: [condition],
    external: ["cloudflare:*", "node:*", "async_hooks"],
    target: "es2022",
    // The package as npm gets it, not the sources that tsconfig.json points at.
    tsconfigRaw: {},
    logLevel: "warning",
    logOverride: { "ignored-bare-import": "silent" },
  });
  return outputFiles[0].text;
}

async function startWorker(serviceUrl) {
  const miniflare = new Miniflare({
    modules: true,
    script: await bundle("esm", "workerd"),
    compatibilityDate: "2026-04-01",
    bindings: { SERVICE_URL: serviceUrl },
    cf: false,
    telemetry: { enabled: false },
  });
  const url = await miniflare.ready;
  return { url: url.origin, stop: () => miniflare.dispose() };
}

/** An Edge VM answers no sockets, so this process does. */
async function startEdge(serviceUrl) {
  const vm = new EdgeVM({
    codeGeneration: { strings: false, wasm: false },
    extend: (context) => Object.assign(context, { SERVICE_URL: serviceUrl }),
  });
  vm.evaluate(await bundle("iife", "edge-light"));
  const server = createServer(async (incoming, outgoing) => {
    const chunks = await incoming.toArray();
    const response = await vm.dispatchFetch(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers: incoming.headers,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body === null) outgoing.end();
    else Readable.fromWeb(response.body).pipe(outgoing);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () =>
      new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      }),
  };
}

export const HOSTS = [
  { name: "Node", hasStreams: true, start: (url) => startProcess([process.execPath], url) },
  { name: "Bun", hasStreams: true, start: (url) => startProcess(["bun"], url) },
  { name: "Deno", hasStreams: true, start: (url) => startProcess(["deno", "run", "-A"], url) },
  { name: "workerd", hasStreams: false, start: startWorker },
  { name: "Edge VM", hasStreams: false, start: startEdge },
];
