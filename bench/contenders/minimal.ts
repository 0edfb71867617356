import { Minimal } from "../floor/minimal.ts";
import type { WireSnapshot } from "../wire.ts";
import type { Contender } from "./contender.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** The minimal floor, which only evaluates: see floor/minimal.ts. */
export const contender: Contender = {
  name: "minimal",
  hashesAlike: true,
  toText: JSON.stringify,
  start(text) {
    const flags = new Minimal(JSON.parse(text) as WireSnapshot);
    return {
      toContext: ({ user_id, plan, country, email, age, appVersion }) => ({
        user_id,
        plan,
        country,
        email,
        age,
        appVersion,
      }),
      evaluate: (key, context, fallback) => flags.variation(key, context as Attributes, fallback),
      allFlags: (context) => flags.allFlags(context as Attributes),
    };
  },
};
