/** The script that runs inside the Edge VM. */
// First: importing the package may start as little as constructing what it offers (contract §6).
import { stopWatching } from "./work-watched.ts";
import { startUp } from "../start-up.ts";
import { runSuite } from "../suite.ts";

const letGo = startUp("http://127.0.0.1");
const uses = stopWatching();

interface FetchEvent extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

addEventListener("fetch", (event) => {
  const { request, respondWith } = event as FetchEvent;
  respondWith.call(event, answer(request));
});

async function answer(request: Request): Promise<Response> {
  await letGo();
  if (uses.length > 0) return new Response(`Starting up used ${uses.join(", ")}`, { status: 500 });
  const origin = new URL(request.url).searchParams.get("origin") ?? "";
  return Response.json(await runSuite({ origin }));
}
