// An endpoint on a request-scoped runtime: a Worker's module, and a script of an Edge VM.
import { FeatureflipClient } from "@featureflip/sdk";
import { createOfrepHandler } from "@featureflip/sdk/ofrep";
import { OPTIONS } from "./options.mjs";

// Random contexts cause warnings.
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
let handler;

function answer(request, baseUrl, scope) {
  // Every request refreshes, so that a change does not take half a minute to arrive.
  handler ??= createOfrepHandler(
    new FeatureflipClient({ sdkKey: "sdk-ofrep", baseUrl, maxAge: 1, logger: silent }),
    OPTIONS,
  );
  return handler(request, scope);
}

export default { fetch: (request, env, execution) => answer(request, env.SERVICE_URL, execution) };

// Only the script of an Edge VM has this variable.
if (globalThis.SERVICE_URL !== undefined) {
  addEventListener(
    "fetch",
    (event) => event.respondWith(answer(event.request, globalThis.SERVICE_URL, event)),
  );
}
