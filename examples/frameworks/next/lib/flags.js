import { FeatureflipClient } from "@featureflip/sdk";

// `next build` renders static pages: it serves the defaults, or a snapshot that `featureflip pull` wrote (option `bootstrap`).
const isBuild = process.env.NEXT_PHASE === "phase-production-build";

// One client for the process, whichever page asks first. It reads FEATUREFLIP_SDK_KEY.
export const client = new FeatureflipClient(isBuild ? { mode: "offline" } : {});

// Next would end the process at once: with NEXT_MANUAL_SIG_HANDLE (package.json) it leaves that to this handler.
process.once("SIGTERM", async () => {
  await client.close(); // sends the events that wait
  process.exit();
});

/** The flags of one moment, for one user. */
export async function flagsFor(user) {
  // Waits for the first flags only; afterwards it does nothing.
  await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));
  return client.forContext({ user_id: user });
}
