/** Levels of nesting beyond which a value is a type violation (contract §2.1). */
export const MAX_NESTING = 100;

/** Whether lists and objects are nested no deeper than the contract allows. */
export function isNestedWithin(json: unknown, levels: number = MAX_NESTING): boolean {
  if (typeof json !== "object" || json === null) return true;
  return levels > 0 && Object.values(json).every((item) => isNestedWithin(item, levels - 1));
}
