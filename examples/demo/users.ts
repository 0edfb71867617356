import type { EvaluationContext } from "@featureflip/sdk";

/** An employee of the shop. */
export const ada: EvaluationContext = {
  user_id: "ada",
  email: "ada@acorn.example",
  plan: "business",
  seats: 250,
  company: "acorn",
  country: "DE",
  signed_up: "2022-05-01",
  app_version: "2.5.1",
};

/** A new customer. */
export const grace: EvaluationContext = {
  user_id: "grace",
  plan: "pro",
  company: "navy",
  country: "FR",
  signed_up: new Date("2026-03-14"),
  app_version: "2.4.0",
};

/** An anonymous visitor. */
export const linus: EvaluationContext = {
  userId: "linus",
  plan: "free",
  country: "US",
  app_version: "2.4.0-rc.1",
};
