interface MaybeProcess {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
}

/** Whether this is the long run, `npm run soak`. */
export const isSoak: boolean = Boolean((globalThis as MaybeProcess).process?.env?.SOAK);

/** How often a property is tried: `count` times in the everyday run, twenty times that with `SOAK` set. */
export function runs(count: number): number {
  return isSoak ? count * 20 : count;
}

/** How long a property may take, in ms: as much longer as it is tried more often. */
export const PROPERTY_TIMEOUT: number = runs(120_000);

/** Where models begin to count their seeds, each of which is one play: with `SOAK` set, somewhere else each time. */
export const FIRST_SEED: number = isSoak ? 1 + Math.floor(Math.random() * 2 ** 30) : 1;
