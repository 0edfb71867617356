const SHIFTS: readonly (readonly number[])[] = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];
const SINES = Int32Array.from(
  { length: 64 },
  (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32),
);
const SHIFT_OF = Uint8Array.from(
  { length: 64 },
  (_, step) => SHIFTS[step >> 4]![step & 3]!,
);
const WORD_OF = Uint8Array.from({ length: 64 }, (_, step) => {
  const round = step >> 4;
  return round === 0
    ? step
    : round === 1
    ? (5 * step + 1) & 15
    : round === 2
    ? (3 * step + 5) & 15
    : (7 * step) & 15;
});

const encoder = new TextEncoder();
const words = new Int32Array(16);
const state = new Int32Array(4);

/** The first four bytes of a text's MD5, as a little-endian unsigned number: a direct transcription of RFC 1321. */
export function md5FirstWord(text: string): number {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89 | 0;
  state[2] = 0x98badcfe | 0;
  state[3] = 0x10325476;
  const { length } = text;
  if (length > 55) return md5OfBytes(encoder.encode(text));
  words.fill(0);
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return md5OfBytes(encoder.encode(text));
    words[at >> 2]! |= code << ((at & 3) << 3);
  }
  words[length >> 2]! |= 0x80 << ((length & 3) << 3);
  words[14] = length << 3;
  digestBlock();
  return state[0]! >>> 0;
}

function md5OfBytes(bytes: Uint8Array): number {
  const blocks = ((bytes.length + 8) >> 6) + 1;
  for (let block = 0; block < blocks; block++) {
    words.fill(0);
    for (let at = 0; at < 64; at++) {
      const index = block * 64 + at;
      const byte = index < bytes.length ? bytes[index]! : index === bytes.length ? 0x80 : 0;
      words[at >> 2]! |= byte << ((at & 3) << 3);
    }
    if (block === blocks - 1) words[14] = bytes.length << 3;
    digestBlock();
  }
  return state[0]! >>> 0;
}

function digestBlock(): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const mixed = round === 0
      ? d ^ (b & (c ^ d))
      : round === 1
      ? c ^ (d & (b ^ c))
      : round === 2
      ? b ^ c ^ d
      : c ^ (b | ~d);
    const sum = (a + mixed + SINES[step]! + words[WORD_OF[step]!]!) | 0;
    const shift = SHIFT_OF[step]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
}
