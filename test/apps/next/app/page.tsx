import { FeatureflipClient } from "@featureflip/sdk";
import { connection } from "next/server";
import { Values } from "./values";

const client = new FeatureflipClient();

export default async function Page() {
  await connection();
  await client.waitForInitialization();
  return <Values flags={client.allFlags({ user_id: "ada" })} />;
}
