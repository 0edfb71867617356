import { FeatureflipError } from "./featureflip-error.ts";

/**
 * The first flags did not arrive within `initTimeout`, or the service rejected the SDK key (contract §4). The client serves
 * defaults meanwhile, keeps trying, and recovers by itself.
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
   * Creates an error about a client without flags.
   *
   * @param message Why there are no flags.
   * @param options `cause`: the error that caused this one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super("INITIALIZATION", message, options);
  }
}
