/** Waits until something has become true on a real socket, looking every few milliseconds; fails after `timeout` ms. */
export async function until(isTrue: () => boolean, timeout = 30_000): Promise<void> {
  const end = performance.now() + timeout;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`still not so after ${timeout} ms: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
