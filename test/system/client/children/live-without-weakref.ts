/**
 * A client's whole life where there is neither `WeakRef` nor `FinalizationRegistry`: its bundle hides them. They can't be
 * taken from the process, since Node's `fetch` can't do without them.
 */
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { lastWord, origin } from "./host.ts";

const missing = [typeof WeakRef, typeof FinalizationRegistry];

const options = { sdkKey: "sdk-no-weakref", baseUrl: origin };
const first = await FeatureflipClient.create(options);
const second = new FeatureflipClient(options);
const shared = second.isInitialized;
const value = second.variation("dark-mode", { user_id: "u1" }, false);
first.track("bought", { user_id: "u1" });
await first.close();
const after = second.variation("dark-mode", { user_id: "u2" }, false);
const closing = second.close();
const next = new FeatureflipClient(options);
const fresh = !next.isInitialized;
await next.waitForInitialization();
next.track("left", { user_id: "u1" });
await closing;
await next.close();
const sent = second.status.events.sent + next.status.events.sent;
lastWord({ missing, shared, value, after, fresh, sent });
