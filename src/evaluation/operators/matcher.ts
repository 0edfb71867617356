import type { Scalar } from "../evaluation-context.ts";

/** Answers one condition's question about an attribute that is there. */
export type Matcher = (value: Scalar) => boolean;
