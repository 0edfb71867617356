/** The script that runs OpenFeature's evaluation suite inside workerd: its SDK needs Node's compatibility layer. */
import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
import { OpenFeature } from "@openfeature/server-sdk";
import { OPENFEATURE_ENVIRONMENT } from "../../support/openfeature-environment.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { openFeatureCases } from "../../support/suites/openfeature-evaluation.ts";
import { runCases } from "../suite.ts";

// As in a Worker of one's own: in global scope, and the flags are loaded by the request that needs them.
OpenFeature.setProvider(
  new FeatureflipProvider({
    clientOptions: {
      sdkKey: "sdk-openfeature",
      sendEvents: false,
      logger: createRecordingLogger(),
      fetch: () => Promise.resolve(Response.json(OPENFEATURE_ENVIRONMENT)),
    },
  }),
);

export default {
  async fetch(): Promise<Response> {
    return Response.json(await runCases(openFeatureCases(() => OpenFeature.getClient())));
  },
};
