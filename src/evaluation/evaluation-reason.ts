/**
 * Why an evaluation came out as it did (contract §3.1):
 *
 * - `FLAG_NOT_FOUND`: there is no such flag; the caller's default.
 * - `FLAG_DISABLED`: the flag is off; its off variation.
 * - `PREREQUISITE_FAILED`: another flag serves something else than this one needs; the off variation.
 * - `RULE_MATCH`: a rule matched.
 * - `FALLTHROUGH`: no rule matched.
 * - `ERROR`: the detail's `error` says what; the caller's default, or the off variation where prerequisites run too deep.
 */
export type EvaluationReason =
  | "FALLTHROUGH"
  | "RULE_MATCH"
  | "FLAG_DISABLED"
  | "FLAG_NOT_FOUND"
  | "PREREQUISITE_FAILED"
  | "ERROR";
