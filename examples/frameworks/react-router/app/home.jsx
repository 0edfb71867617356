import { client } from "./flags.server.js";

/** Runs on the server. The page gets the value, never the rules. */
export async function loader({ request }) {
  // Waits for the first flags only; afterwards it does nothing.
  await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));
  const user = new URL(request.url).searchParams.get("user");
  return { darkMode: client.boolVariation("dark-mode", { user_id: user }, false) };
}

export default function Home({ loaderData }) {
  return loaderData.darkMode ? <p>dark</p> : <p>light</p>;
}
