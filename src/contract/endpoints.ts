/** `GET`: the snapshot. */
export const FLAGS_PATH = "/v1/sdk/flags";
/** `GET`: the event stream. */
export const STREAM_PATH = "/v1/sdk/stream";
/** `POST`: analytics events. */
export const EVENTS_PATH = "/v1/sdk/events";
/** `POST`: one evaluation by the service. */
export const EVALUATE_PATH = "/v1/sdk/evaluate";

/**
 * The path of one flag, percent-encoded (contract §1).
 *
 * @returns `null` for a key that a URL path cannot contain: empty, `.`, `..`, or one with a lone surrogate (contract §4).
 */
export function flagPath(key: string): string | null {
  if (key === "" || key === "." || key === "..") return null;
  try {
    return `${FLAGS_PATH}/${encodeURIComponent(key)}`;
  } catch {
    return null; // URIError: a lone surrogate
  }
}
