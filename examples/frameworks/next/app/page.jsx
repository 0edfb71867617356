import { connection } from "next/server";
import { Suspense } from "react";
import { flagsFor } from "../lib/flags.js";
import { Theme } from "./theme.jsx";

/** With `cacheComponents`, what is outside of the `Suspense` is static. */
export default function Page({ searchParams }) {
  return (
    <Suspense>
      <UserTheme searchParams={searchParams} />
    </Suspense>
  );
}

async function UserTheme({ searchParams }) {
  await connection(); // flags are those of the moment of the request
  const { user } = await searchParams;
  const flags = await flagsFor(user);
  return <Theme darkMode={flags.boolVariation("dark-mode", false)} />;
}
