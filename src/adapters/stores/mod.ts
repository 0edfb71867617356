/**
 * Shared snapshot stores that need no service: in memory, and in files for the processes of one host; and
 * {@linkcode sharedStore} for a store of your own. Stores of platforms have entries of their own: `./cloudflare`, `./redis`,
 * `./deno`, `./vercel`.
 *
 * @example
 * ```ts
 * import { memoryStore } from "@featureflip/sdk/stores";
 *
 * const store = memoryStore();
 * console.log(await store.get("flags")); // null
 * ```
 *
 * @module
 */
export { fileStore } from "./file-store.ts";
export type { FileStoreOptions } from "./file-store.ts";
export { memoryStore } from "./memory-store.ts";
export { sharedStore } from "./shared-store.ts";
export type { ReleaseLock, SharedStore, SnapshotStore } from "../../shared-store/shared-store.ts";
