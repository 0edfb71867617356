import { stat, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { isLoopbackAddress } from "../../http/http-client.ts";
import type { HostGlobals } from "../../runtime/host-globals.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createScheduler } from "../../runtime/scheduler.ts";
import { serve } from "../../server/mod.ts";
import type { EvaluationServer, Servable } from "../../server/mod.ts";
import { CLIENT_KEY, createDevServer } from "../dev/dev-server.ts";
import { FlagFile } from "../dev/flag-file.ts";
import { SAMPLE_ENVIRONMENT } from "../dev/sample-environment.ts";
import { countFlags, DEFAULT_FILE } from "../load-snapshot.ts";
import { parseArguments } from "../parse-arguments.ts";
import { reasonOf } from "../files.ts";
import { CliError } from "../terminal.ts";
import type { Command, Terminal } from "../terminal.ts";

/** F-L-I-P on a telephone. */
const DEFAULT_PORT = 3547;

/** `featureflip dev`. */
export const dev: Command = {
  summary: "serves the flags of a JSON file, with a page to flip them",
  help: `featureflip dev [FILE]

Serves the flags of a JSON file as the service would, and a page to see and flip them, to try a context
against them, and to watch what clients evaluate. Edits of the file and flips in the page reach every client
at once; a flip is saved in the file.

  FILE           ${DEFAULT_FILE} by default, which is created with sample flags when it does not exist
  --port PORT    ${DEFAULT_PORT} by default, or a free one when that is in use; 0 for a free one
  --host HOST    the address to listen on, 127.0.0.1 by default; for a container 0.0.0.0
  --allow-host NAME
                 another host name to serve, such as a container's; may be repeated
  --sdk-key KEY  the SDK key that clients send, sdk-local by default. Short: --key
  --token TOKEN  the token that changes require, at least 16 visible ASCII characters; FEATUREFLIP_DEV_TOKEN, or a
                 random one by default
  --no-page-token
                 keep the token out of the page; it then asks for it
  --init         create FILE when it does not exist`,
  run,
};

async function run(args: readonly string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = parseArguments(args, {
    port: { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    "allow-host": { type: "string", multiple: true, default: [] },
    "sdk-key": { type: "string" },
    key: { type: "string" },
    token: { type: "string" },
    "no-page-token": { type: "boolean", default: false },
    init: { type: "boolean", default: false },
  }, 1);
  const { host, "sdk-key": sdkKey = values.key ?? "sdk-local" } = values;
  const port = values.port === undefined ? undefined : readPort(values.port);
  const writeToken = checkToken(values.token, readToken(terminal));
  const path = positionals[0] ?? DEFAULT_FILE;
  if (await create(path, values.init || positionals[0] === undefined)) {
    terminal.note(`Created ${path} with sample flags`);
  }

  const isLocal = isLoopbackAddress(host);
  // Whoever reaches another address can name any host: there the page never has the token.
  const isTokenInPage = isLocal && !values["no-page-token"];
  const scheduler = createScheduler(globalThis as HostGlobals);
  const server = await createDevServer({
    file: new FlagFile(path, scheduler),
    sdkKey,
    writeToken,
    hosts: [...ownNames(host, isLocal), ...values["allow-host"]],
    isTokenInPage,
    logger: createLogger((level, message) => {
      if (level !== "debug") terminal.note(message);
    }),
    scheduler,
  });
  const listening = await listen(server, host, port, terminal);
  // A server that listens on every address is reached under this one.
  const url = listening.url.replace(/\/\/(0\.0\.0\.0|\[::\]):/, "//localhost:");
  // Registered before the output: a program that reads it may send the signal at once.
  const ended = terminal.ended();
  // The page that other names and machines get has no token. One that the user has set is known, and not for the log.
  const needsToken = writeToken === undefined &&
    (!isTokenInPage || values["allow-host"].length > 0);
  terminal.print(`
  Flags    ${path}, ${countFlags(server.api.snapshot.flags.length)}: edit the file, or flip flags in the page
  Page     ${url}/${needsToken ? `#token=${server.api.writeToken}` : ""}
  OFREP    ${url}, for browsers and apps with the key ${CLIENT_KEY}

  Connect a client:

    export FEATUREFLIP_SDK_KEY=${sdkKey} FEATUREFLIP_BASE_URL=${url}
    const client = await FeatureflipClient.create();
`);
  // Node loads and compiles much at the first request: now, while nobody waits for it.
  await server.fetch(new Request(`${url}/health`));
  await ended;
  await listening.close();
}

/** Creates a file that does not exist, if allowed; returns whether it did. */
async function create(path: string, mayCreate: boolean): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch {
    if (!mayCreate) {
      throw new CliError(`Cannot read ${path}: it does not exist (--init creates it with sample flags)`);
    }
  }
  try {
    await writeFile(path, SAMPLE_ENVIRONMENT, { flag: "wx" });
    return true;
  } catch (error) {
    throw new CliError(`Cannot write ${path}: ${reasonOf(error)}`);
  }
}

async function listen(
  server: Servable,
  hostname: string,
  port: number | undefined,
  { note }: Terminal,
): Promise<EvaluationServer> {
  const on = (port: number): Promise<EvaluationServer> =>
    serve(server, { hostname, port, allowRemote: true });
  try {
    return await on(port ?? DEFAULT_PORT);
  } catch (error) {
    if (port === undefined && isTaken(error)) {
      note(`Port ${DEFAULT_PORT} is in use, using a free one`);
      return await on(0);
    }
    await server.close();
    const reason = isTaken(error) ? "it is in use (--port 0 picks a free one)" : (error as Error).message;
    throw new CliError(`Cannot listen on ${hostname}, port ${port ?? DEFAULT_PORT}: ${reason}`);
  }
}

/** Node and Bun set a code, Deno the error's name. */
function isTaken(error: unknown): boolean {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === "EADDRINUSE" || name === "AddrInUse";
}

/** Reads the variable of the token; on Deno it may be one that this program must not read. */
function readToken({ env }: Terminal): string | undefined {
  try {
    return env("FEATUREFLIP_DEV_TOKEN");
  } catch {
    return undefined;
  }
}

function checkToken(option: string | undefined, variable: string | undefined): string | undefined {
  const token = option ?? (variable || undefined);
  if (token === undefined || /^[\x21-\x7e]{16,}$/.test(token)) return token;
  const name = option === undefined ? "The environment variable FEATUREFLIP_DEV_TOKEN" : "Option '--token'";
  throw new CliError(`${name} must be at least 16 visible ASCII characters`, 2);
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new CliError(`Option '--port' must be a port, 0 to 65535, but is ${JSON.stringify(text)}`, 2);
}

/** Returns the host names of a server on this address. Numbers are safe: no page can make one resolve elsewhere. */
function ownNames(host: string, isLocal: boolean): string[] {
  const loopback = ["localhost", "127.0.0.1", "[::1]"];
  const bracketed = host.includes(":") ? `[${host}]` : host;
  if (isLocal || !/^(0\.0\.0\.0|::)$/.test(host)) return [...loopback, bracketed];
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return [...loopback, ...addresses.map(({ address }) => address.includes(":") ? `[${address}]` : address)];
}
