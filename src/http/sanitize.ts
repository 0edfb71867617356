const MAX_LENGTH = 200;

/** Control and format characters and lone surrogates: what can forge or garble a log line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}]+/gu;

/** Text from outside on one line, without what could forge or garble it, and the SDK key blacked out (contract §1). */
export function redact(text: string, sdkKey: string): string {
  let line = text.replace(/\s+/g, " ").replace(UNPRINTABLE, "");
  // As it is, and as an echoed URL or JSON string spells it.
  for (const spelling of [sdkKey, encodeURIComponent(sdkKey), JSON.stringify(sdkKey).slice(1, -1)]) {
    line = line.replaceAll(spelling, "[SDK key]");
  }
  return line.trim();
}

/** What {@linkcode redact} does, cut to 200 characters: only then, since a cut through the key would leave most of it. */
export function sanitize(text: string, sdkKey: string): string {
  const characters = Array.from(redact(text, sdkKey).slice(0, 2 * MAX_LENGTH + 2));
  return characters.length > MAX_LENGTH
    ? `${characters.slice(0, MAX_LENGTH - 1).join("")}…`
    : characters.join("");
}
