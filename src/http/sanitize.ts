const MAX_LENGTH = 200;

/** Control and format characters and lone surrogates: what can forge or garble a log line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}]+/gu;

/**
 * Makes text that came from outside fit for a log line: one line of at most 200 characters, the SDK key blacked out
 * (contract §1).
 */
export function sanitize(text: string, sdkKey: string): string {
  let line = text.replace(/\s+/g, " ").replace(UNPRINTABLE, "");
  // As it is, and as an echoed URL or JSON string spells it. Before the cut, which could leave most of it.
  for (const spelling of [sdkKey, encodeURIComponent(sdkKey), JSON.stringify(sdkKey).slice(1, -1)]) {
    line = line.replaceAll(spelling, "[SDK key]");
  }
  const characters = Array.from(line.trim().slice(0, 2 * MAX_LENGTH + 2));
  return characters.length > MAX_LENGTH
    ? `${characters.slice(0, MAX_LENGTH - 1).join("")}…`
    : characters.join("");
}
