/** So many flags, in words. */
export function countFlags(count: number): string {
  return count === 1 ? "1 flag" : `${count} flags`;
}
