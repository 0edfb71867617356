import * as v from "valibot";
import { MAX_NESTING } from "../../contract/limits.ts";
import type { SdkEvent, SdkEventType } from "../../contract/sdk-event.ts";
import { isNestedWithin } from "../http/read-json.ts";
import { JsonObjectSchema, objectSchema } from "../http/validate.ts";

const TYPES: readonly SdkEventType[] = ["Evaluation", "Impression", "Identify", "Custom"];

const optionalText = v.exactOptional(v.string("a string or missing"));

/** One event with exactly the fields of contract §5: an absent field is missing, never `null`. */
const SdkEventSchema: v.GenericSchema<unknown, SdkEvent> = v.strictObject({
  type: v.picklist(TYPES, `"Evaluation", "Impression", "Identify" or "Custom"`),
  flagKey: v.string("a string"),
  userId: optionalText,
  variation: optionalText,
  timestamp: v.pipe(v.string("an ISO 8601 instant"), v.isoTimestamp("an ISO 8601 instant")),
  metadata: v.exactOptional(
    v.pipe(
      JsonObjectSchema,
      v.check((input) => isNestedWithin(input), `JSON of at most ${MAX_NESTING} levels`),
    ),
  ),
  prerequisiteKey: optionalText,
}, ({ expected }) => expected === "Object" ? "an object" : expected === "never" ? "left out" : "there");

/** The body of `POST /v1/sdk/events` (contract §5). */
export const SdkEventsSchema: v.GenericSchema<unknown, { readonly events: readonly SdkEvent[] }> =
  objectSchema({
    events: v.array(SdkEventSchema, "a list"),
  });
