/**
 * Returns a value as the characters a pattern sees: code points under `unicode`, otherwise UTF-16 code units.
 *
 * A surrogate without its other half is a character of its own either way, as in ECMAScript's `RegExp`.
 */
export function characterCodes(value: string, unicode: boolean): Uint32Array {
  const codes = new Uint32Array(value.length);
  let length = 0;
  for (let index = 0; index < value.length; index++) {
    const code = (unicode ? value.codePointAt(index) : value.charCodeAt(index)) as number;
    if (code > 0xffff) index++;
    codes[length++] = code;
  }
  return codes.subarray(0, length);
}
