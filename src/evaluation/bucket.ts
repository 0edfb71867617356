import { md5FirstWord } from "./md5.ts";

/**
 * Returns the bucket, 0 to 99, of a value under a rollout's salt: the same in every process and language.
 *
 * Rule (contract §3.6): the first four bytes of MD5(`salt:value`), little-endian, modulo 100.
 *
 * @param salt The rollout's salt; empty when the serve has none.
 * @param value The bucketing attribute as text.
 */
export function bucket(salt: string, value: string): number {
  return md5FirstWord(`${salt}:${value}`) % 100;
}
