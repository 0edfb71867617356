import { createOfrepHandler } from "@featureflip/sdk/ofrep";
import { client } from "../../../../lib/flags.js";

const handler = createOfrepHandler(client, {
  clientKeys: ["client-web"], // public: it is in the page
  flags: ["dark-mode"], // no other flag can be seen
});

export const GET = (request) => handler(request);
export const POST = (request) => handler(request);
