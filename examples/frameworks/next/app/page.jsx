import { flagsFor } from "../lib/flags.js";
import { Theme } from "./theme.jsx";

export default async function Page({ searchParams }) {
  const { user } = await searchParams;
  const flags = await flagsFor(user);
  return <Theme darkMode={flags.boolVariation("dark-mode", false)} />;
}
