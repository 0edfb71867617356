/** Compiles, on Deno alone, if a `Deno.Kv` fits what the store asks for. */
import { denoKvStore } from "@featureflip/sdk/deno";
import type { SharedStore } from "@featureflip/sdk/deno";

export const store = async (): Promise<SharedStore> => denoKvStore(await Deno.openKv());
