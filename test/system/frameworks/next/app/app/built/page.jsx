import { getFlag } from "../../flags.js";

// Rendered by `next build`, and again after a second.
export const revalidate = 1;

export default async function Page() {
  return <p>{await getFlag()}</p>;
}
