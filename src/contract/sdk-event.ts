/** What an analytics event is about (contract §5). */
export type SdkEventType = "Evaluation" | "Impression" | "Identify" | "Custom";

/** One analytics event as `POST /v1/sdk/events` carries it (contract §5). What is absent is left out, never `null`. */
export interface SdkEvent {
  /** What it is about. */
  readonly type: SdkEventType;
  /** The flag's key; for Custom the event's name; for Identify `"$identify"`. */
  readonly flagKey: string;
  /** Who it is about; left out when absent. */
  readonly userId?: string;
  /** Evaluation only: the variation key that was served. */
  readonly variation?: string;
  /** ISO 8601, UTC, of when it happened. */
  readonly timestamp: string;
  /** Custom: what the caller gave. Identify: all attributes but the user id. Left out when empty. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Evaluation that ended `PREREQUISITE_FAILED`: the prerequisite at fault. */
  readonly prerequisiteKey?: string;
}
