/** The errors that users can tell apart by their class: one of each, whichever entry throws it. */
export { ConfigurationError } from "./configuration-error.ts";
export { FeatureflipError } from "./featureflip-error.ts";
export { InitializationError } from "./initialization-error.ts";
