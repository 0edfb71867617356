interface MaybeProcess {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
}

/** How often a property is tried: `count` times in the everyday run, twenty times that with `SOAK` set. */
export function runs(count: number): number {
  return (globalThis as MaybeProcess).process?.env?.SOAK ? count * 20 : count;
}

/** How long a property may take, in ms: as much longer as it is tried more often. */
export const PROPERTY_TIMEOUT: number = runs(120_000);
