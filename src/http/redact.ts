const MAX_LENGTH = 200;

/** Control and format characters and lone surrogates: what can forge or garble a log line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}]+/gu;

/** Text from outside on one line, without what could forge or garble it, and the SDK key blacked out (contract §1). */
export function redact(text: string, sdkKey: string): string {
  return text.replace(/\s+/g, " ").replace(UNPRINTABLE, "").replace(spellingsOf(sdkKey), "[SDK key]").trim();
}

/** What {@linkcode redact} does, cut to 200 characters: only then, since a cut through the key would leave most of it. */
export function sanitize(text: string, sdkKey: string): string {
  const characters = Array.from(redact(text, sdkKey).slice(0, 2 * MAX_LENGTH + 2));
  return characters.length > MAX_LENGTH
    ? `${characters.slice(0, MAX_LENGTH - 1).join("")}…`
    : characters.join("");
}

/**
 * The key as it is, and as an echoed URL or JSON string spells it. One pattern for all: replaced one after the other, they
 * would find a short key in what stands in its place.
 */
function spellingsOf(sdkKey: string): RegExp {
  const spellings = [sdkKey, encodeURIComponent(sdkKey), JSON.stringify(sdkKey).slice(1, -1)];
  return new RegExp(spellings.map((spelling) => spelling.replace(/\W/g, "\\$&")).join("|"), "gi");
}
