import { banner, precomputed, tier } from "../../../flags";

export default async function Page({ params }: { readonly params: Promise<{ readonly code: string }> }) {
  const { code } = await params;
  return <p>{[await banner(code, precomputed), await tier(code, precomputed)].join(" ")}</p>;
}
