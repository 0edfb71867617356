import { md5After, md5Of } from "./md5.ts";
import type { Md5Head } from "./md5.ts";

/** The hash state after a rollout's salt. */
export type Salt = Md5Head;

/** Prepares a salt; an empty string when the serve has none. */
export function saltOf(salt: string): Salt {
  return md5Of(`${salt}:`);
}

/**
 * Returns the bucket, 0 to 99, of a value under a rollout's salt. It is the same in every process and language.
 *
 * Rule (contract §3.6): the first four bytes of MD5(`salt:value`), little-endian, modulo 100.
 *
 * @param value The bucketing attribute as a string.
 */
export function bucketOf(salt: Salt, value: string): number {
  return md5After(salt, value) % 100;
}
