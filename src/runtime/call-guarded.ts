/**
 * Calls a function of the caller's, at once. `failed` is told when it throws, or when a promise that it returns is rejected;
 * what fails there is lost. Never throws.
 */
export function callGuarded(call: () => unknown, failed: (error: unknown) => void): void {
  (async () => {
    try {
      await call();
    } catch (error) {
      failed(error);
    }
  })().catch(() => {});
}
