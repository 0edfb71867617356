import { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError } from "../http/http-error.ts";

/** What was caught, as one of our errors: beside our own, only a broken body's error comes this way. */
export function asFailure(error: unknown): FeatureflipError {
  if (error instanceof FeatureflipError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new HttpError(`The connection broke: ${reason}`);
}
