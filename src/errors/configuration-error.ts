import { brandClass } from "./brand.ts";
import { FeatureflipError } from "./featureflip-error.ts";

/**
 * Thrown when an option is missing, unknown or out of range (contract §7). The message names the option, its value (except
 * for `sdkKey` and `baseUrl`) and the allowed values.
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
export class ConfigurationError extends FeatureflipError<"CONFIGURATION"> {
  static {
    brandClass(this, "ConfigurationError");
  }

  /** The name of the class. */
  override readonly name: string = "ConfigurationError";

  /** The name of the option, such as `"pollInterval"`. */
  declare readonly option: string;

  /**
   * Creates an error about one option.
   *
   * @param option The name of the option.
   * @param message What is wrong with its value, and what is allowed.
   * @param options `cause`: the error that caused this one.
   */
  constructor(option: string, message: string, options?: { readonly cause?: unknown }) {
    super("CONFIGURATION", message, options);
    this.option = option;
  }
}
