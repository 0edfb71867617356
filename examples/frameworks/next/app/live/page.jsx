import { flagsFor } from "../../lib/flags.js";
import { LiveTheme } from "./theme.jsx";

/** The page has its value when it arrives, and follows changes while it is open. */
export default async function Page({ searchParams }) {
  const { user } = await searchParams;
  const flags = await flagsFor(user);
  return <LiveTheme user={user} darkMode={flags.boolVariation("dark-mode", false)} />;
}
