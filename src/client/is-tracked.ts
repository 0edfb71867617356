import type { VariationOptions } from "./variation-options.ts";

/** Whether an evaluation becomes an event. What a caller hands in can not make it throw (contract §3): it then says nothing. */
export function isTracked(options: VariationOptions | undefined, byDefault: boolean): boolean {
  // Nearly always, and then nothing has to be guarded.
  if (options === undefined) return byDefault;
  try {
    return options?.track ?? byDefault;
  } catch {
    return byDefault;
  }
}
