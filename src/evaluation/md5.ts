/*
 * The part of MD5 (RFC 1321) that bucketing needs: Web Crypto has no MD5 and no synchronous digest. Bucketing is the hot path
 * of every rollout, so four steps are one turn of a loop and the common prefix of all texts is packed beforehand (bench: rollout).
 */

/** One block of the message (sixteen little-endian words) and the chaining value (four words); used by one call at a time. */
const words = new Int32Array(20);
/** The index at which the chaining value begins. */
const STATE = 16;

/** The state of an unfinished message: its length in bytes and the words so far. */
export interface Md5Head {
  readonly length: number;
  readonly words: readonly number[];
}

/** Hashes the beginning of a message. A lone surrogate counts as U+FFFD, as in `TextEncoder`. */
export function md5Of(prefix: string): Md5Head {
  // At its first use: all programs load this module, and few evaluate a rollout at once (bench: cold start).
  for (let step = 0; SINES[63] === 0; step++) SINES[step] = Math.abs(Math.sin(step + 1)) * 2 ** 32;
  words.fill(0);
  words.set([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476], STATE);
  const length = append(toUtf8(prefix), 0, 0xff)!;
  return { length, words: [...words] };
}

/** Returns the first four bytes of the MD5 of a head followed by a text in UTF-8, as a little-endian unsigned 32-bit integer. */
export function md5After(head: Md5Head, text: string): number {
  // Most texts are ASCII; others are encoded first.
  return firstWord(head, text, 0x7f) ?? firstWord(head, toUtf8(text), 0xff)!;
}

/** Returns MD5 of a text in UTF-8, as 32 hexadecimal digits. */
export function md5Hex(text: string): string {
  md5After(md5Of(""), text); // the digest is in `words`
  return Array.from(words.subarray(STATE), (word) => {
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
  words[(length & 63) >> 2]! |= 0x80 << (length << 3);
  if ((length & 63) > 55) nextBlock(); // the length does not fit into this block
  words[14] = length << 3;
  words[15] = length / 0x20000000;
  digestBlock();
  return words[STATE]! >>> 0;
}

function resume({ words: saved }: Md5Head): void {
  // One by one: a call of `set` costs more (bench: rollout).
  for (let index = 0; index < words.length; index++) words[index] = saved[index]!;
}

function nextBlock(): void {
  digestBlock();
  words.fill(0, 0, STATE);
}

/** Appends characters as bytes; `undefined` when one is above the limit. Shift counts are taken modulo 32. */
function append(text: string, length: number, limit: number): number | undefined {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > limit) return undefined;
    words[(length & 63) >> 2]! |= code << (length << 3);
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
  let a = words[STATE]!, b = words[STATE + 1]!, c = words[STATE + 2]!, d = words[STATE + 3]!;
  // Four steps a turn, so that the four variables need not be moved; each round reads the block in an order of its own.
  for (let at = 0; at < 16; at += 4) {
    a = step(a + words[at]! + SINES[at]! + (d ^ (b & (c ^ d))), 7, b);
    d = step(d + words[at + 1]! + SINES[at + 1]! + (c ^ (a & (b ^ c))), 12, a);
    c = step(c + words[at + 2]! + SINES[at + 2]! + (b ^ (d & (a ^ b))), 17, d);
    b = step(b + words[at + 3]! + SINES[at + 3]! + (a ^ (c & (d ^ a))), 22, c);
  }
  for (let at = 16, from = 1; at < 32; at += 4, from += 20) {
    a = step(a + words[from & 15]! + SINES[at]! + (c ^ (d & (b ^ c))), 5, b);
    d = step(d + words[from + 5 & 15]! + SINES[at + 1]! + (b ^ (c & (a ^ b))), 9, a);
    c = step(c + words[from + 10 & 15]! + SINES[at + 2]! + (a ^ (b & (d ^ a))), 14, d);
    b = step(b + words[from + 15 & 15]! + SINES[at + 3]! + (d ^ (a & (c ^ d))), 20, c);
  }
  for (let at = 32, from = 5; at < 48; at += 4, from += 12) {
    a = step(a + words[from & 15]! + SINES[at]! + (b ^ c ^ d), 4, b);
    d = step(d + words[from + 3 & 15]! + SINES[at + 1]! + (a ^ b ^ c), 11, a);
    c = step(c + words[from + 6 & 15]! + SINES[at + 2]! + (d ^ a ^ b), 16, d);
    b = step(b + words[from + 9 & 15]! + SINES[at + 3]! + (c ^ d ^ a), 23, c);
  }
  for (let at = 48, from = 0; at < 64; at += 4, from += 28) {
    a = step(a + words[from & 15]! + SINES[at]! + (c ^ (b | ~d)), 6, b);
    d = step(d + words[from + 7 & 15]! + SINES[at + 1]! + (b ^ (a | ~c)), 10, a);
    c = step(c + words[from + 14 & 15]! + SINES[at + 2]! + (a ^ (d | ~b)), 15, d);
    b = step(b + words[from + 21 & 15]! + SINES[at + 3]! + (d ^ (c | ~a)), 21, c);
  }

  words[STATE] = words[STATE]! + a;
  words[STATE + 1] = words[STATE + 1]! + b;
  words[STATE + 2] = words[STATE + 2]! + c;
  words[STATE + 3] = words[STATE + 3]! + d;
}
