import { getClient, PollingMode, User as ConfigCatUser } from "@configcat/sdk";
import type { IConfigCatCache, IConfigCatClient, IConfigCatClientSnapshot, IUser } from "@configcat/sdk";
import type { User } from "../../environment.ts";
import type { WireCondition, WireFlag, WireSnapshot } from "../../wire.ts";
import type { Contender, Evaluator, Updatable } from "../contender.ts";
import { plainRules, valueOf } from "./plain-rules.ts";

/** Plain comparators, which are faster than the hashed ones that its dashboard suggests. */
const COMPARATORS: Readonly<Record<string, number>> = {
  Equals: 28,
  In: 0,
  Contains: 2,
  EndsWith: 32,
  GreaterThanOrEqual: 15,
  SemverGreaterThanOrEqual: 9,
};

/** ConfigCat, by the synchronous evaluation of its snapshots, from a cache. */
export const contender: Contender = {
  name: "ConfigCat",
  hashesAlike: false,
  toText,
  async start(text): Promise<Evaluator> {
    const { client } = await start(text);
    const held = client.snapshot();
    return evaluator(() => held);
  },
  async startUpdates(text): Promise<Updatable> {
    const { client, replace } = await start(text);
    let held = client.snapshot();
    return {
      evaluator: evaluator(() => held),
      async apply(text): Promise<void> {
        replace(text);
        await client.forceRefreshAsync();
        held = client.snapshot();
      },
    };
  },
};

let clients = 0;

async function start(text: string): Promise<{ client: IConfigCatClient; replace: (text: string) => void }> {
  let version = 1;
  let stored = toStored(text, version);
  const cache: IConfigCatCache = { get: () => stored, set() {} };
  const sdkKey = `${String(++clients).padStart(22, "k")}/${"k".repeat(22)}`;
  const client = getClient(`configcat-sdk-1/${sdkKey}`, PollingMode.ManualPoll, { offline: true, cache });
  await client.waitForReady();
  await client.forceRefreshAsync();
  return {
    client,
    replace: (text) => {
      stored = toStored(text, ++version);
    },
  };
}

/** Time of the fetch, tag and text: the format of this SDK's caches. */
function toStored(text: string, version: number): string {
  return `${Date.now() + version}\n"${version}"\n${text}`;
}

function evaluator(held: () => IConfigCatClientSnapshot): Evaluator {
  return {
    toContext: ({ user_id, plan, country, email, age, appVersion }: User) =>
      new ConfigCatUser(user_id, email, country, { plan, age, appVersion }),
    evaluate: (key, context, fallback) => held().getValue(key, fallback, context as IUser),
    allFlags(context): object {
      const values: Record<string, unknown> = {};
      const flags = held();
      for (const key of flags.getAllKeys()) values[key] = flags.getValue(key, null, context as IUser);
      return values;
    },
  };
}

function toText(snapshot: WireSnapshot): string {
  return JSON.stringify({
    p: { u: "https://cdn-global.configcat.com", r: 0, s: `salt-${snapshot.version}` },
    s: snapshot.segments.map(({ key, conditions }) => ({ n: key, r: conditions.map(toCondition) })),
    f: Object.fromEntries(snapshot.flags.map((flag) => [flag.key, toSetting(flag, snapshot)])),
  });
}

function toSetting(flag: WireFlag, snapshot: WireSnapshot): object {
  const t = flag.type === "Boolean" ? 0 : 1;
  const serve = (variation: string | undefined): object => {
    const value = valueOf(flag, variation);
    return { v: typeof value === "boolean" ? { b: value } : { s: value }, i: variation };
  };
  if (!flag.enabled) return { t, ...serve(flag.offVariation) };
  const { variations, variation } = flag.fallthrough;
  const rules = plainRules(flag, snapshot).map(({ conditions, segment, variation }) => ({
    c: segment === undefined
      ? conditions.map((condition) => ({ u: toCondition(condition) }))
      : [{ s: { s: snapshot.segments.indexOf(segment), c: 0 } }],
    s: serve(variation),
  }));
  return {
    t,
    ...serve(variation ?? flag.offVariation),
    ...(rules.length > 0 && { r: rules }),
    ...(variations !== undefined &&
      { p: variations.map(({ key, weight }) => ({ p: weight, ...serve(key) })) }),
  };
}

function toCondition({ attribute, operator, values }: WireCondition): object {
  const a = { user_id: "Identifier", email: "Email", country: "Country" }[attribute] ?? attribute;
  const c = COMPARATORS[operator];
  if (c === undefined) throw new Error(`ConfigCat has no ${operator}`);
  if (operator === "GreaterThanOrEqual") return { a, c, d: Number(values[0]) };
  return c === 28 || c === 9 ? { a, c, s: values[0] } : { a, c, l: values };
}
