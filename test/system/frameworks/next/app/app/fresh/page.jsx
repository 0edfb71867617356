import { getFlag } from "../../flags.js";

// Rendered for every request.
export const dynamic = "force-dynamic";

export default async function Page() {
  return <p>{await getFlag()}</p>;
}
