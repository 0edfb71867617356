import { getFlag } from "../../../flags.js";

// Rendered at its first request, kept, and rendered again after a second (ISR).
export const revalidate = 1;
export const dynamicParams = true;

export function generateStaticParams() {
  return [];
}

export default async function Page() {
  return <p>{await getFlag()}</p>;
}
