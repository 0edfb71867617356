/*
 * Every number of the contract, once. Names end in the unit: `_MS` or `_BYTES`; a `_LENGTH` counts characters.
 */

// Contract §1: HTTP.

/** How long response headers may take by default, in ms. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** How long the body of an answer may take by default, in ms. */
export const READ_TIMEOUT_MS = 10_000;
/** The size limit of a snapshot or a flag: 32 MiB. */
export const MAX_SNAPSHOT_BYTES: number = 32 * 2 ** 20;
/** A longer text is scanned before it is parsed: 1 MiB. */
export const SCAN_FROM_LENGTH: number = 2 ** 20;
/** The deepest nesting, and the most lists and objects, of a scanned text. */
export const MAX_JSON_DEPTH = 128;
export const MAX_JSON_BRACKETS = 2_000_000;
/** The size limit of an error's body: 64 KiB. */
export const MAX_ERROR_BYTES: number = 64 * 2 ** 10;
/** The length to which text from a server is cut before it is logged. */
export const MAX_SERVER_TEXT_LENGTH = 200;
/** The longest delay that a server may ask for, in ms. */
export const MAX_SERVER_DELAY_MS = 600_000;
/** The pause after a 429 without `Retry-After`, in ms. */
export const DEFAULT_RATE_LIMIT_PAUSE_MS = 30_000;
/** The wait before a rejected key is tried again, in ms; this often, then the long wait. */
export const REJECTED_KEY_WAIT_MS = 30_000;
export const REJECTED_KEY_SHORT_WAITS = 5;
export const REJECTED_KEY_LONG_WAIT_MS = 300_000;

// Contract §2.1: payloads.

/** Levels of nesting beyond which a JSON value is a type violation. */
export const MAX_NESTING = 100;

// Contract §3: evaluation.

/** The longest chain of prerequisites (§3.1). */
export const MAX_PREREQUISITE_DEPTH = 10;
/** The longest pattern that is compiled (§3.3). */
export const MAX_PATTERN_LENGTH = 8_192;
/** 0001-01-01T00:00:00Z, in ms since the epoch (§3.5). */
export const EARLIEST_INSTANT_MS: number = -62_135_596_800_000;
/** 9999-12-31T23:59:59.999Z, in ms since the epoch (§3.5). */
export const LATEST_INSTANT_MS = 253_402_300_799_999;

// Contract §4: the stream and polling.

/** How long a start waits for the stream's `sync` before it fetches the snapshot, in ms. */
export const SYNC_WAIT_MS = 2_000;
/** The silence after which a connection is considered dead: three pings, in ms. */
export const LIVENESS_MS = 90_000;
/** A connection that has brought no `sync` this long after its headers has failed, in ms. */
export const SYNC_TIMEOUT_MS = 15_000;
/** An incomplete event that grows by at least this much in each such time has more of it, up to the longest, in ms. */
export const SYNC_PROGRESS_BYTES: number = 16 * 2 ** 10;
export const MAX_SYNC_TIME_MS = 300_000;
/** Polling starts beside the stream when nothing has confirmed the snapshot for this long, in ms. */
export const UNCONFIRMED_MS = 60_000;
/** Polling starts after a random part of this, in ms. */
export const FALLBACK_SPREAD_MS = 10_000;
/** The shortest time between two stream attempts while polling runs, in ms. */
export const STREAM_ATTEMPT_INTERVAL_MS = 60_000;
/** A stream that is not back within this time of its end is an outage, in ms. */
export const QUIET_RECONNECT_MS = 10_000;
/** Key-only updates are gathered for this long, plus a random part of the spread, in ms. */
export const GATHER_MS = 100;
export const GATHER_SPREAD_MS = 150;
/** From this many keys on, one snapshot is fetched instead of single flags. */
export const SNAPSHOT_FROM_KEYS = 3;
/** The first and the longest wait of the exponential back-off, in ms. */
export const FIRST_BACKOFF_MS = 1_000;
export const MAX_BACKOFF_MS = 30_000;
/** The default of `pollAfterFailures`: failures in a row before polling starts beside the stream. */
export const POLL_AFTER_FAILURES = 5;
/** The default time between polls, and the smallest that the option allows, in ms. */
export const POLL_INTERVAL_MS = 30_000;
export const MIN_POLL_INTERVAL_MS = 1_000;
/** The longest wait between polls while they fail, in ms. */
export const MAX_POLL_WAIT_MS = 300_000;

// Contract §5: events.

/** The default number of events in a request. */
export const FLUSH_BATCH_SIZE = 100;
/** The default time between deliveries, in ms. */
export const FLUSH_INTERVAL_MS = 30_000;
/** The shortest time between two requests that a full batch causes, in ms. */
export const MIN_BATCH_INTERVAL_MS = 1_000;
/** How many times the batch size a request may carry when a backlog has built up. */
export const BACKLOG_FACTOR = 10;
/** How many events may wait, and how many bytes of them: 8 MiB. */
export const MAX_WAITING_EVENTS = 10_000;
export const MAX_WAITING_BYTES: number = 8 * 2 ** 20;
/** How many events a request carries at most, and how many bytes its body has. */
export const MAX_REQUEST_EVENTS = 10_000;
const MAX_REQUEST_BYTES = 1_000_000;
/** How many bytes of a request are left for its events. */
export const MAX_BATCH_BYTES: number = MAX_REQUEST_BYTES - '{"events":[]}'.length;
/** How much of a request's body may take a second more than `connectTimeout`: 32 KiB. */
export const UPLOAD_BYTES_PER_SECOND: number = 32 * 2 ** 10;
/** How long a request size that failed is not exceeded, in ms. */
export const REMEMBERED_SIZE_MS = 600_000;
/** The shortest time between two requests while the queue fills up, in ms. */
export const MIN_FULL_INTERVAL_MS = 250;
/** How many event requests a process makes in any minute, and how many of them to search refused batches. */
export const EVENT_REQUESTS_PER_MINUTE = 120;
export const SEARCH_REQUESTS_PER_MINUTE = 30;
/** The longest interval between event requests after repeated 429s: an hour, in ms. */
export const MAX_STRETCHED_INTERVAL_MS = 3_600_000;
/** How long `"hourly"` remembers an evaluation, in ms. */
export const HOUR_MS = 3_600_000;
/** The size limit of an event's metadata: 16 KiB. */
export const MAX_METADATA_BYTES: number = 16 * 2 ** 10;
/** The longest `userId` of an event. */
export const MAX_USER_ID_LENGTH = 1_024;
/** How many evaluations are remembered to find repeated ones. */
export const MAX_REMEMBERED_EVALUATIONS = 32_768;

// Contract §6: lifetime.

/** How long initialization may take by default, in ms. */
export const INIT_TIMEOUT_MS = 10_000;
/** How long `flush()` waits by default, in ms. */
export const FLUSH_TIMEOUT_MS = 10_000;
/** How long `close()` waits by default, in ms. */
export const CLOSE_TIMEOUT_MS = 5_000;
/** How long a request waits for flags on a request-scoped runtime, in ms (§6.1). */
export const REQUEST_DEADLINE_MS = 3_000;
/** The default of `maxAge`, in ms (§6.1). */
export const MAX_AGE_MS = 30_000;
/** The default of `maxStale`, in ms (§6.1). */
export const MAX_STALE_MS = 300_000;
/** How long a load lease lasts unless it is renewed, and the shortest time between two loads of an isolate, in ms (§6.1). */
export const LEASE_MS = 1_000;
/** How many SDK keys without a handle are kept on a request-scoped runtime (§6.1). */
export const MAX_IDLE_CORES = 32;

// Contract §8: the shared store.

/** The longest first line of an envelope: 8 KiB. */
export const MAX_ENVELOPE_LINE_LENGTH = 8_192;
/** How far ahead of the clock a stored date may lie, in ms. */
export const MAX_CLOCK_SKEW_MS = 60_000;
/** How long a refresh takes its lock for, in ms. */
export const REFRESH_LOCK_MS = 4_000;
/** No lock counts for longer, in ms. */
export const MAX_LOCK_MS = 60_000;
/** How long a request with nothing to serve waits for the holder of the lock, in ms. */
export const LOCK_HOLDER_WAIT_MS = 500;
/** How often such a request reads the store meanwhile, in ms. */
export const LOCK_HOLDER_POLL_MS = 100;
/** After so long a wait for a lock, plus a random part of an interval, a process refreshes without it; in ms. */
export const LOCK_PATIENCE_MS = 12_000;
/** How long a store that can't lock is left to its writer, in ms. */
export const WRITER_GRACE_MS = 300_000;
/** The chance that a reader asks the service itself after that; it doubles each minute. */
export const FIRST_READER_CHANCE = 0.01;
export const READER_CHANCE_DOUBLES_MS = 60_000;
/** How long after a streamed update the store is brought up to date, and the random part of it; in ms. */
export const FOLLOW_DELAY_MS = 5_000;
export const FOLLOW_SPREAD_MS = 5_000;
/** How long that takes its lock for, in ms. */
export const FOLLOW_LOCK_MS = 20_000;
/** When a process that did not get the lock reads the store again, and how often an empty store is filled at most; in ms. */
export const FOLLOW_RETRY_MS = 60_000;

// Contract §9: servers.

/** How long the headers of a request may take where the host lets it be set, and how long its body, in ms. */
export const HEADERS_TIMEOUT_MS = 15_000;
export const BODY_TIMEOUT_MS = 30_000;
/** How many streams and requests a minute each key of a relay may have by default. */
export const MAX_STREAMS_PER_KEY = 2_000;
export const MAX_REQUESTS_PER_MINUTE = 10_000;
/** How long a relay that is behind a client's version may take to catch up, in ms. */
export const CATCH_UP_MS = 2_000;
