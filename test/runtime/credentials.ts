/** The SDK keys that the origin takes: one for each case, as a key's shared core may outlive the case. */
export const SDK_KEYS: readonly string[] = [
  "sdk-create",
  "sdk-change",
  "sdk-flush",
  "sdk-hono",
  "sdk-worker",
  "sdk-streamed",
  "sdk-vercel",
  "sdk-stale",
  "sdk-store",
];

/** What the origin's `/v1/local` asks for. */
export const WRITE_TOKEN = "runtime-suite";

/** What the origin's `/redis` asks for. */
export const REDIS_TOKEN = "runtime-suite-redis";
