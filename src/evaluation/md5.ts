/*
 * The part of MD5 (RFC 1321) that bucketing needs: Web Crypto has no MD5 and no synchronous digest. Bucketing is the hot path
 * of every rollout, so the rounds are unrolled and the common prefix of all texts is packed beforehand (bench: rollout).
 */

/** The chaining value (four words) and one block of the message (sixteen little-endian words); used by one call at a time. */
const words = new Int32Array(20);
/** The index at which the block begins. */
const BLOCK = 4;

/** The state of an unfinished message: its length in bytes and the words so far, without trailing zeros. */
export interface Md5Head {
  readonly length: number;
  readonly words: readonly number[];
}

/** Hashes the beginning of a message. A lone surrogate counts as U+FFFD, as in `TextEncoder`. */
export function md5Of(prefix: string): Md5Head {
  // At its first use: all programs load this module, and few evaluate a rollout at once (bench: cold start).
  for (let step = 0; SINES[63] === 0; step++) SINES[step] = Math.abs(Math.sin(step + 1)) * 2 ** 32;
  resume({ length: 0, words: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] });
  const length = append(toUtf8(prefix), 0, 0xff)!;
  return { length, words: [...words.subarray(0, BLOCK + (((length & 63) + 3) >> 2))] };
}

/** Returns the first four bytes of the MD5 of a head followed by a text in UTF-8, as a little-endian unsigned 32-bit integer. */
export function md5After(head: Md5Head, text: string): number {
  // Most texts are ASCII; others are encoded first.
  return firstWord(head, text, 0x7f) ?? firstWord(head, toUtf8(text), 0xff)!;
}

/** Returns MD5 of a text in UTF-8, as 32 hexadecimal digits. */
export function md5Hex(text: string): string {
  md5After(md5Of(""), text); // the digest is in `words`
  return Array.from(words.subarray(0, BLOCK), (word) => {
    const bytes = [word, word >> 8, word >> 16, word >> 24];
    return bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, "0")).join("");
  }).join("");
}

/** Returns the text's bytes, one character each. */
function toUtf8(text: string): string {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

function firstWord(head: Md5Head, text: string, limit: number): number | undefined {
  resume(head);
  const length = append(text, head.length, limit);
  if (length === undefined) return undefined;
  words[BLOCK + ((length & 63) >> 2)]! |= 0x80 << (length << 3);
  if ((length & 63) > 55) nextBlock(); // the length does not fit into this block
  words[18] = length << 3;
  words[19] = length / 0x20000000;
  digestBlock();
  return words[0]! >>> 0;
}

function resume({ words: saved }: Md5Head): void {
  // One by one: a call of `set` or `fill` costs more (bench: rollout).
  let index = 0;
  for (; index < saved.length; index++) words[index] = saved[index]!;
  for (; index < words.length; index++) words[index] = 0;
}

function nextBlock(): void {
  digestBlock();
  words.fill(0, BLOCK);
}

/** Appends characters as bytes; `undefined` when one is above the limit. Shift counts are taken modulo 32. */
function append(text: string, length: number, limit: number): number | undefined {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > limit) return undefined;
    words[BLOCK + ((length & 63) >> 2)]! |= code << (length << 3);
    length++;
    if ((length & 63) === 0) nextBlock();
  }
  return length;
}

/** The constants of the 64 steps. None is nearer to a whole number than a hundredth, so any engine's sine will do. */
const SINES = new Int32Array(64);

/** One operation of a round. Engines inline a function this short. */
function step(sum: number, bits: number, next: number): number {
  return (((sum << bits) | (sum >>> -bits)) + next) | 0;
}

function digestBlock(): void {
  const x0 = words[4]!, x1 = words[5]!, x2 = words[6]!, x3 = words[7]!;
  const x4 = words[8]!, x5 = words[9]!, x6 = words[10]!, x7 = words[11]!;
  const x8 = words[12]!, x9 = words[13]!, x10 = words[14]!, x11 = words[15]!;
  const x12 = words[16]!, x13 = words[17]!, x14 = words[18]!, x15 = words[19]!;
  let a = words[0]!, b = words[1]!, c = words[2]!, d = words[3]!;

  // Round 1
  a = step(a + (d ^ (b & (c ^ d))) + x0 + SINES[0]!, 7, b);
  d = step(d + (c ^ (a & (b ^ c))) + x1 + SINES[1]!, 12, a);
  c = step(c + (b ^ (d & (a ^ b))) + x2 + SINES[2]!, 17, d);
  b = step(b + (a ^ (c & (d ^ a))) + x3 + SINES[3]!, 22, c);
  a = step(a + (d ^ (b & (c ^ d))) + x4 + SINES[4]!, 7, b);
  d = step(d + (c ^ (a & (b ^ c))) + x5 + SINES[5]!, 12, a);
  c = step(c + (b ^ (d & (a ^ b))) + x6 + SINES[6]!, 17, d);
  b = step(b + (a ^ (c & (d ^ a))) + x7 + SINES[7]!, 22, c);
  a = step(a + (d ^ (b & (c ^ d))) + x8 + SINES[8]!, 7, b);
  d = step(d + (c ^ (a & (b ^ c))) + x9 + SINES[9]!, 12, a);
  c = step(c + (b ^ (d & (a ^ b))) + x10 + SINES[10]!, 17, d);
  b = step(b + (a ^ (c & (d ^ a))) + x11 + SINES[11]!, 22, c);
  a = step(a + (d ^ (b & (c ^ d))) + x12 + SINES[12]!, 7, b);
  d = step(d + (c ^ (a & (b ^ c))) + x13 + SINES[13]!, 12, a);
  c = step(c + (b ^ (d & (a ^ b))) + x14 + SINES[14]!, 17, d);
  b = step(b + (a ^ (c & (d ^ a))) + x15 + SINES[15]!, 22, c);
  // Round 2
  a = step(a + (c ^ (d & (b ^ c))) + x1 + SINES[16]!, 5, b);
  d = step(d + (b ^ (c & (a ^ b))) + x6 + SINES[17]!, 9, a);
  c = step(c + (a ^ (b & (d ^ a))) + x11 + SINES[18]!, 14, d);
  b = step(b + (d ^ (a & (c ^ d))) + x0 + SINES[19]!, 20, c);
  a = step(a + (c ^ (d & (b ^ c))) + x5 + SINES[20]!, 5, b);
  d = step(d + (b ^ (c & (a ^ b))) + x10 + SINES[21]!, 9, a);
  c = step(c + (a ^ (b & (d ^ a))) + x15 + SINES[22]!, 14, d);
  b = step(b + (d ^ (a & (c ^ d))) + x4 + SINES[23]!, 20, c);
  a = step(a + (c ^ (d & (b ^ c))) + x9 + SINES[24]!, 5, b);
  d = step(d + (b ^ (c & (a ^ b))) + x14 + SINES[25]!, 9, a);
  c = step(c + (a ^ (b & (d ^ a))) + x3 + SINES[26]!, 14, d);
  b = step(b + (d ^ (a & (c ^ d))) + x8 + SINES[27]!, 20, c);
  a = step(a + (c ^ (d & (b ^ c))) + x13 + SINES[28]!, 5, b);
  d = step(d + (b ^ (c & (a ^ b))) + x2 + SINES[29]!, 9, a);
  c = step(c + (a ^ (b & (d ^ a))) + x7 + SINES[30]!, 14, d);
  b = step(b + (d ^ (a & (c ^ d))) + x12 + SINES[31]!, 20, c);
  // Round 3
  a = step(a + (b ^ c ^ d) + x5 + SINES[32]!, 4, b);
  d = step(d + (a ^ b ^ c) + x8 + SINES[33]!, 11, a);
  c = step(c + (d ^ a ^ b) + x11 + SINES[34]!, 16, d);
  b = step(b + (c ^ d ^ a) + x14 + SINES[35]!, 23, c);
  a = step(a + (b ^ c ^ d) + x1 + SINES[36]!, 4, b);
  d = step(d + (a ^ b ^ c) + x4 + SINES[37]!, 11, a);
  c = step(c + (d ^ a ^ b) + x7 + SINES[38]!, 16, d);
  b = step(b + (c ^ d ^ a) + x10 + SINES[39]!, 23, c);
  a = step(a + (b ^ c ^ d) + x13 + SINES[40]!, 4, b);
  d = step(d + (a ^ b ^ c) + x0 + SINES[41]!, 11, a);
  c = step(c + (d ^ a ^ b) + x3 + SINES[42]!, 16, d);
  b = step(b + (c ^ d ^ a) + x6 + SINES[43]!, 23, c);
  a = step(a + (b ^ c ^ d) + x9 + SINES[44]!, 4, b);
  d = step(d + (a ^ b ^ c) + x12 + SINES[45]!, 11, a);
  c = step(c + (d ^ a ^ b) + x15 + SINES[46]!, 16, d);
  b = step(b + (c ^ d ^ a) + x2 + SINES[47]!, 23, c);
  // Round 4
  a = step(a + (c ^ (b | ~d)) + x0 + SINES[48]!, 6, b);
  d = step(d + (b ^ (a | ~c)) + x7 + SINES[49]!, 10, a);
  c = step(c + (a ^ (d | ~b)) + x14 + SINES[50]!, 15, d);
  b = step(b + (d ^ (c | ~a)) + x5 + SINES[51]!, 21, c);
  a = step(a + (c ^ (b | ~d)) + x12 + SINES[52]!, 6, b);
  d = step(d + (b ^ (a | ~c)) + x3 + SINES[53]!, 10, a);
  c = step(c + (a ^ (d | ~b)) + x10 + SINES[54]!, 15, d);
  b = step(b + (d ^ (c | ~a)) + x1 + SINES[55]!, 21, c);
  a = step(a + (c ^ (b | ~d)) + x8 + SINES[56]!, 6, b);
  d = step(d + (b ^ (a | ~c)) + x15 + SINES[57]!, 10, a);
  c = step(c + (a ^ (d | ~b)) + x6 + SINES[58]!, 15, d);
  b = step(b + (d ^ (c | ~a)) + x13 + SINES[59]!, 21, c);
  a = step(a + (c ^ (b | ~d)) + x4 + SINES[60]!, 6, b);
  d = step(d + (b ^ (a | ~c)) + x11 + SINES[61]!, 10, a);
  c = step(c + (a ^ (d | ~b)) + x2 + SINES[62]!, 15, d);
  b = step(b + (d ^ (c | ~a)) + x9 + SINES[63]!, 21, c);

  words[0] = words[0]! + a;
  words[1] = words[1]! + b;
  words[2] = words[2]! + c;
  words[3] = words[3]! + d;
}
