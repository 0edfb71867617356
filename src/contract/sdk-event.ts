/** The type of an analytics event (contract §5). */
export type SdkEventType = "Evaluation" | "Impression" | "Identify" | "Custom";

/** One analytics event in the body of `POST /v1/sdk/events` (contract §5). Absent fields are left out, never `null`. */
export interface SdkEvent {
  /** The event's type. */
  readonly type: SdkEventType;
  /** The flag's key; for Custom the event's name; for Identify `"$identify"`. */
  readonly flagKey: string;
  /** The user id; left out when absent. */
  readonly userId?: string;
  /** Evaluation only: the variation key that was served. */
  readonly variation?: string;
  /** When it happened: ISO 8601, UTC. */
  readonly timestamp: string;
  /** Custom: the caller's metadata. Identify: all attributes except the user id. Left out when empty. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Evaluation that ended `PREREQUISITE_FAILED`: the prerequisite that failed. */
  readonly prerequisiteKey?: string;
}
