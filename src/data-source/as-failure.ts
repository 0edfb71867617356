import { FeatureflipError } from "../errors/featureflip-error.ts";
import { describeCause } from "../http/describe-cause.ts";
import { HttpError } from "../http/http-error.ts";

/** What was caught, as one of our errors: beside our own, only a broken body's error comes this way. */
export function asFailure(error: unknown): FeatureflipError {
  return error instanceof FeatureflipError
    ? error
    : new HttpError(`The connection broke: ${describeCause(error)}`);
}
