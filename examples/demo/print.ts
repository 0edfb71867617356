/** Prints the title of the next part. */
export function heading(title: string): void {
  console.log(`\n━━ ${title} ${"━".repeat(Math.max(0, 76 - title.length))}\n`);
}

/** How long ago a moment of `performance.now()` was. */
export function since(moment: number): string {
  return `${(performance.now() - moment).toFixed(1)} ms`;
}

/** A bar of one block for every two percent. */
export function formatBar(percent: number): string {
  return "█".repeat(Math.round(percent / 2));
}

/** As much of a text as a column has room for. */
export function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
