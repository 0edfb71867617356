interface ErrorLike {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/**
 * Says in a line why `fetch` failed. Runtimes hide the reason at different depths: Node as the `cause` of "fetch
 * failed", and where a name has several addresses, as a list of errors without a message of its own.
 *
 * The error itself is not handed on: what a wrapper around `fetch` throws may hold the request's headers, and with them
 * the SDK key.
 */
export function describeCause(error: unknown): string {
  const parts = new Set<string>();
  let current: unknown = error;
  for (let depth = 0; depth < 4 && typeof current === "object" && current !== null; depth++) {
    const { message, code, cause, errors } = current as ErrorLike;
    const text = message || code;
    if (typeof text === "string" && text !== "") parts.add(text);
    current = cause ?? errors?.[0];
  }
  return [...parts].join(": ") || "no reason given";
}
