import { ofrep } from "@featureflip/sdk/hono";
import { createOfrepHandler } from "@featureflip/sdk/ofrep";
import { Hono } from "hono";

/**
 * The endpoint that the page asks.
 *
 * @param choice The client of a server. On Workers it is made from the bindings.
 */
export function createApp(choice = {}) {
  const app = new Hono();
  app.all(
    "/ofrep/*",
    ofrep(createOfrepHandler, {
      clientKeys: ["client-web"], // public: it is in the page
      flags: ["dark-mode"], // no other flag can be seen
      ...choice,
    }),
  );
  return app;
}
