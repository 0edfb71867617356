import type { HostGlobals } from "./host-globals.ts";

/** Reads an environment variable; `undefined` where there is none, or where Deno was not allowed to tell. */
export function readEnv(name: string, globals: HostGlobals): string | undefined {
  try {
    return globals.Deno?.env ? globals.Deno.env.get(name) : globals.process?.env?.[name];
  } catch {
    return undefined;
  }
}
