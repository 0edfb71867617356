/**
 * A shared snapshot store on Deno KV, on Deno Deploy and wherever Deno runs with `--unstable-kv`.
 *
 * @example
 * ```ts ignore
 * import { denoKvStore } from "@featureflip/sdk/deno";
 *
 * const store = denoKvStore(await Deno.openKv());
 * console.log(await store.get("flags")); // null
 * ```
 *
 * @module
 */
export { denoKvStore } from "./deno-kv-store.ts";
export type { DenoKvAtomicLike, DenoKvEntryLike, DenoKvLike, DenoKvStoreOptions } from "./deno-kv-store.ts";
export type { ReleaseLock, SharedStore, SnapshotStore } from "../../shared-store/shared-store.ts";
