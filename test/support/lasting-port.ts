import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";

/** Below what systems hand out themselves: Linux from 32768 on, others from 49152. */
const FIRST = 20_000;
/** How many ports each test process has for itself, unless a thousand others have been started meanwhile. */
const SHARE = 12;
const SHARES = 1_000;

let taken = 0;

/**
 * A free port to which a server can return after it has let go of it. One that the system has handed out, as it does on
 * port 0, is somebody else's before long once it is free, and some test or other asks for one all the time.
 */
export async function lastingPort(): Promise<number> {
  for (let tries = 0; tries < SHARE; tries++) {
    const port = FIRST + SHARE * (process.pid % SHARES) + taken++ % SHARE;
    if (await isFree(port)) return port;
  }
  throw new Error(`None of the ports that this process has for itself is free`);
}

/** Whether nothing listens on a port and no connection uses it. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = new Promise<boolean>((resolve) => {
    server.once("listening", () => resolve(true)).once("error", () => resolve(false));
  });
  server.listen(port, "127.0.0.1");
  if (!await isListening) return false;
  server.close();
  await once(server, "close");
  return true;
}
