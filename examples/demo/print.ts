/** Prints the title of the next part. */
export function heading(title: string): void {
  console.log(`\n━━ ${title} ${"━".repeat(Math.max(0, 76 - title.length))}\n`);
}

/** Formats the time since a value of `performance.now()`. */
export function since(moment: number): string {
  return `${(performance.now() - moment).toFixed(1)} ms`;
}

/** Returns a bar with one block per two percent. */
export function formatBar(percent: number): string {
  return "█".repeat(Math.round(percent / 2));
}

/** Cuts a text to the width of a column. */
export function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
