/** The script that runs inside the Edge VM. */
import { runSuite } from "../suite.ts";

interface FetchEvent extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

addEventListener("fetch", (event) => {
  const { request, respondWith } = event as FetchEvent;
  respondWith.call(event, answer(request));
});

async function answer(request: Request): Promise<Response> {
  const origin = new URL(request.url).searchParams.get("origin") ?? "";
  return Response.json(await runSuite({ origin }));
}
