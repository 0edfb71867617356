/** Tells environments apart; shorter than a key, so that nothing can be computed back from it. */
const LENGTH_BYTES = 8;

/**
 * Names an SDK key and base URL without telling them (contract §8): the beginning of a SHA-256.
 *
 * @returns 16 hexadecimal digits.
 */
export async function fingerprintOf(sdkKey: string, baseUrl: string): Promise<string> {
  const bytes = new TextEncoder().encode(`featureflip shared store\n${baseUrl}\n${sdkKey}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.subarray(0, LENGTH_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
