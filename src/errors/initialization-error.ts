import { FeatureflipError } from "./featureflip-error.ts";

/**
 * The first flags did not arrive: within `initTimeout`, or because the service rejected the SDK key (contract §4). The
 * client serves defaults meanwhile and goes on trying; it heals by itself.
 *
 * @example
 * ```ts
 * import { FeatureflipClient, InitializationError } from "@featureflip/sdk";
 *
 * const client = new FeatureflipClient({ sdkKey: "sdk-dev-abc123", baseUrl: "http://127.0.0.1:9", initTimeout: 50 });
 * try {
 *   await client.waitForInitialization();
 * } catch (error) {
 *   console.log(error instanceof InitializationError); // true
 * }
 * await client.close();
 * ```
 */
export class InitializationError extends FeatureflipError {
  /** The name of the class. */
  override readonly name: string = "InitializationError";

  /**
   * Makes an error.
   *
   * @param message Why there are no flags.
   * @param options `cause`: the failure behind it.
   */
  constructor(message: string, options?: ErrorOptions) {
    super("INITIALIZATION", message, options);
  }
}
