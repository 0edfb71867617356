/** The page gets the value, never the rules. */
export function load({ locals }) {
  return { darkMode: locals.flags.boolVariation("dark-mode", false) };
}
