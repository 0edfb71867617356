/**
 * Cuts tab, newline, vertical tab, form feed, carriage return and space from both ends, and nothing else. In one pass: a
 * regular expression with `\s+$` takes quadratic time on a hostile attribute.
 */
export function trimAscii(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
