import { ConfigurationError } from "../errors/configuration-error.ts";
import type { DataSource, DataSourceContext, DataSourceOptions } from "./data-source.ts";
import { createOnDemandSource } from "./on-demand.ts";

/**
 * Replaces `streaming.ts`, and with it polling, in the build that the conditions `workerd` and `edge-light` select: request-scoped runtimes
 * never call it, and a runtime with a background does so if its bundler was given one of these conditions.
 *
 * @throws {ConfigurationError} in the modes that need a background.
 */
export function createBackgroundSource(context: DataSourceContext, options: DataSourceOptions): DataSource {
  const { mode } = options;
  if (mode === "streaming" || mode === "polling") {
    throw new ConfigurationError(
      "mode",
      `Cannot create client: 'mode' must not be "${mode}" in the build for Workers and Vercel Edge, which has no background: ` +
        "bundle without the conditions workerd and edge-light",
    );
  }
  return createOnDemandSource(context, options);
}
