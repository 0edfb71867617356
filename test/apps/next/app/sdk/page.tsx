import { banner, plainTier, runs, tier, visitorTier } from "../../flags";

export default async function Page() {
  const before = runs.cookie;
  const values = [await banner(), await tier(), await visitorTier(), await plainTier()];
  const once = runs.cookie - before;
  const other = await tier.run({ identify: { user: { id: "ada" } } });
  return <p>{[...values, other, once].join(" ")}</p>;
}
