import { FeatureflipError } from "./featureflip-error.ts";

/**
 * Thrown by the client's constructor when an option is missing, unknown or out of range (contract §7). The message names
 * the option, the value (never that of `sdkKey` or `baseUrl`) and what is allowed.
 *
 * @example
 * ```ts
 * import { ConfigurationError, FeatureflipClient } from "@featureflip/sdk";
 *
 * try {
 *   new FeatureflipClient({ sdkKey: "sdk-dev-abc123", pollInterval: -1 });
 * } catch (error) {
 *   if (error instanceof ConfigurationError) console.log(error.option); // "pollInterval"
 * }
 * ```
 */
export class ConfigurationError extends FeatureflipError {
  /** The name of the class. */
  override readonly name: string = "ConfigurationError";

  /** The option at fault, such as `"pollInterval"`. */
  declare readonly option: string;

  /**
   * Makes an error.
   *
   * @param option The option at fault.
   * @param message What is wrong with it, and what is allowed.
   * @param options `cause`: the error behind this one.
   */
  constructor(option: string, message: string, options?: ErrorOptions) {
    super("CONFIGURATION", message, options);
    this.option = option;
  }
}
