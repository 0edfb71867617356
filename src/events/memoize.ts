/** How many characters are remembered: the keys of thousands of flags. Past them the memory starts over. */
const MAX_LENGTH = 250_000;

/** Makes `write` remember what it wrote: for texts that are few and come again and again. */
export function memoize(write: (text: string) => string): (text: string) => string {
  const memory = new Map<string, string>();
  let length = 0;

  return (text) => {
    let written = memory.get(text);
    if (written === undefined) {
      written = write(text);
      length += written.length;
      if (length > MAX_LENGTH) {
        memory.clear();
        length = written.length;
      }
      memory.set(text, written);
    }
    return written;
  };
}
