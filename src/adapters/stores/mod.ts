/**
 * Shared snapshot stores that need no service: memory, and a file for the processes of one host. Stores on what a platform
 * runs are in entries of their own: `./cloudflare`, `./redis`, `./deno`, `./vercel`.
 *
 * @example
 * ```ts
 * import { memoryStore } from "@featureflip/sdk/stores";
 *
 * const store = memoryStore();
 * console.log(await store.get()); // null
 * ```
 *
 * @module
 */
export { fileStore } from "./file-store.ts";
export { memoryStore } from "./memory-store.ts";
export type { ReleaseLock, SharedStore } from "../../shared-store/shared-store.ts";
