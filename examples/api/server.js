// A local Evaluation API. The other examples can use it:
//   node examples/api/server.js      (in this repository after `npm run build`)
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";

const file = new URL("../environment.json", import.meta.url);
const environment = JSON.parse(await readFile(file, "utf8"));

const api = createEvaluationApi({ environment, sdkKeys: ["sdk-local"] });
const { url } = await serve(api, { port: Number(process.env.PORT ?? 8787) });

console.log(`Connect a client:

  export FEATUREFLIP_SDK_KEY=sdk-local FEATUREFLIP_BASE_URL=${url}

Turn on dark mode for all users:

  curl -X PATCH ${url}/v1/local/flags/dark-mode -H 'Authorization: Bearer ${api.writeToken}' \\
    -H 'Content-Type: application/json' -d '{"fallthrough":{"type":"Fixed","variation":"on"}}'
`);
