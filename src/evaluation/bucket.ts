import { md5After } from "./md5.ts";

/**
 * Makes the function that finds the bucket, 0 to 99, of a value under a rollout's salt: the same in every process and
 * language.
 *
 * Rule (contract §3.6): the first four bytes of MD5(`salt:value`), little-endian, modulo 100.
 *
 * @param salt The rollout's salt; empty when the serve has none.
 * @returns Takes the bucketing attribute as text.
 */
export function bucketer(salt: string): (value: string) => number {
  const hash = md5After(`${salt}:`);
  return (value) => hash(value) % 100;
}
