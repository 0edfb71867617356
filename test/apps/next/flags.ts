import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
import type { Identify, ReadonlyHeaders, ReadonlyRequestCookies } from "flags";
import { dedupe, flag } from "flags/next";

interface Entities {
  readonly user?: { readonly id: string };
}

const featureflip = createFeatureflipAdapter();

/** How often identifyByCookie() ran. */
export const runs = { cookie: 0 };

/** Deduplicated, by a cookie. */
const identifyByCookie = dedupe(({ cookies }: { cookies: ReadonlyRequestCookies }): Entities => {
  runs.cookie++;
  const id = cookies.get("user-id")?.value;
  return id === undefined ? {} : { user: { id } };
});

/** Deduplicated and asynchronous, by a header and a function of its own. */
const visitorOf = dedupe(async (headers: ReadonlyHeaders) => {
  await Promise.resolve();
  return headers.get("x-visitor") ?? "nobody";
});
const identifyByHeader = dedupe(
  (async ({ headers }) => ({ user: { id: await visitorOf(headers) } })) satisfies Identify<Entities>,
);

export const banner = flag<boolean, Entities>({
  key: "banner",
  adapter: featureflip(),
  defaultValue: false,
  identify: identifyByCookie,
});
export const tier = flag<string, Entities>({
  key: "tier",
  adapter: featureflip(),
  defaultValue: "none",
  identify: identifyByCookie,
});
export const visitorTier = flag<string, Entities>({
  key: "tier",
  adapter: featureflip(),
  defaultValue: "none",
  identify: identifyByHeader,
});
/** Our own context, without a wrapper. */
export const plainTier = flag<string>({
  key: "tier",
  adapter: featureflip(),
  defaultValue: "none",
  identify: ({ headers }) => ({ user_id: headers.get("x-visitor") }),
});

export const precomputed = [banner, tier] as const;
