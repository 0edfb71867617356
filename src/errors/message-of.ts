/** What an error says; of anything else that is thrown, its type, since its text may take code that throws again. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error;
}
