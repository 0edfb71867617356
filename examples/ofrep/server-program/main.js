// A program on a server that asks an OFREP endpoint, here that of `npx @featureflip/sdk dev`: one request for each evaluation.
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";
import process from "node:process";

const { OFREP_URL = "http://127.0.0.1:3547", OFREP_KEY = "client-local" } = process.env;

await OpenFeature.setProviderAndWait(
  new OFREPProvider({ baseUrl: OFREP_URL, headers: [["Authorization", `Bearer ${OFREP_KEY}`]] }),
);
const client = OpenFeature.getClient();

if (await client.getBooleanValue("dark-mode", false, { targetingKey: "u-123" })) {
  console.log("dark");
} else {
  console.log("light");
}
await OpenFeature.close();
