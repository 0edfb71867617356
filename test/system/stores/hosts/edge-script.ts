/** The script that runs inside the Edge VM, without `process`: Edge Config by Vercel's own client, through the contract suite. */
import { edgeConfigStore } from "@featureflip/sdk/vercel";
import { createClient } from "@vercel/edge-config";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";
import { runCases } from "./run-cases.ts";

interface FetchEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

addEventListener("fetch", (event) => {
  const { request, respondWith } = event as unknown as FetchEvent;
  respondWith.call(event, run(new URL(request.url).searchParams));
});

async function run(params: URLSearchParams): Promise<Response> {
  const write = { url: params.get("url") ?? "", token: params.get("token") ?? "" };
  const client = createClient(params.get("connection") ?? "", { disableDevelopmentCache: true });
  const open = () => edgeConfigStore(client, { write });
  return Response.json(await runCases(sharedStoreCases({ open, abilities: ["set"], longest: 120_000 })));
}
