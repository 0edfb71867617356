import { FeatureflipClient } from "@featureflip/sdk";
import { building } from "$app/environment";

// `vite build` imports this file too: it needs no flags.
const client = new FeatureflipClient(building ? { mode: "offline" } : {}); // reads FEATUREFLIP_SDK_KEY

/** Runs once before the first request. */
export async function init() {
  // If the service is unreachable, the server still starts and serves defaults until the flags arrive.
  await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));
}

/** Binds the flags of one moment to the user of the request. */
export function handle({ event, resolve }) {
  event.locals.flags = client.forContext({ user_id: event.url.searchParams.get("user") });
  return resolve(event);
}

// adapter-node emits this when all requests are finished, or after SHUTDOWN_TIMEOUT (package.json; 30 s by default).
process.once("sveltekit:shutdown", () => client.close());
