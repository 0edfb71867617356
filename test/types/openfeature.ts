/** The keys that `featureflip pull --openfeature` declares: what compiles, and each kind of mistake. */
import { OpenFeature } from "@openfeature/server-sdk";

const flags = OpenFeature.getClient();
await flags.getBooleanValue("dark-mode", false);
await flags.getStringDetails("tier", "free");
await flags.getNumberValue("rate-limit", 1);
await flags.getObjectDetails("search", {});

// @ts-expect-error: no flag has this key
await flags.getBooleanValue("dark-mod", false);
// @ts-expect-error: a string flag
await flags.getBooleanDetails("tier", false);
// @ts-expect-error: a boolean flag
await flags.getStringValue("dark-mode", "free");
// @ts-expect-error: a JSON flag
await flags.getNumberDetails("search", 1);
// @ts-expect-error: a number flag
await flags.getObjectValue("rate-limit", {});
