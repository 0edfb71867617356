import {
  LOCK_HOLDER_WAIT_MS,
  MAX_BACKOFF_MS,
  MAX_SERVER_DELAY_MS,
  REFRESH_LOCK_MS,
  REQUEST_DEADLINE_MS,
} from "../contract/limits.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError } from "../http/http-error.ts";
import { pollUntil, withTimeout } from "../runtime/scheduler.ts";
import { createSnapshotLoader } from "../shared-store/snapshot-loader.ts";
import type { LookOptions, SnapshotAnswer } from "../shared-store/snapshot-loader.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSourceContext, DataSourceOptions } from "./create.ts";
import type { DataSource } from "./data-source.ts";
import { asFailure, createSourceLog } from "./outage-reporter.ts";

/** How long a load keeps others from loading. One whose request was cancelled never gives its lease back. */
const LEASE_MS = REQUEST_DEADLINE_MS + 1000;

/** How soon a newer snapshot may be expected of somebody else who has the shared store's lock. */
const SOON_MS = 1000;

/** After so many failures in a row requests are told without another one: an outage must not become a flood. */
const FAILURES_BEFORE_WAIT = 3;

/** The longest of these waits while there is nothing to serve. */
const WAIT_WITH_NOTHING_MS = 5000;

/** Further off than this no retry ever is. */
const LONGEST_WAIT_MS = 2 * MAX_SERVER_DELAY_MS;

/**
 * Keeps flags current where a request is all there is (contract §6.1): within requests, once what is stored is old. What
 * outlives a request is plain data. No promise, timer or `Response` is shared between requests: when the one that made
 * it has ended, awaiting it never does.
 */
export function createOnDemandSource(
  context: DataSourceContext,
  { maxAge }: Pick<DataSourceOptions, "maxAge">,
): DataSource {
  const { sink, scheduler, runtime, shared } = context;
  const log = createSourceLog(context);
  const origin = createSnapshotLoader(context, log.warn);
  const backoff = createBackoff(scheduler);
  /** Until when what is there is used as it is, loads are somebody else's affair, and the service is left alone. */
  let freshUntil = -Infinity;
  let leasedUntil = 0;
  let retryAt = 0;
  let failures = 0;
  let lastFailure: FeatureflipError | undefined;
  /** Loads are numbered: an answer is dropped when that of one begun later has been applied. */
  let begun = 0;
  let applied = 0;
  /** What was too old when somebody else had the shared store's lock, and since when one has. */
  let outdatedAt = 0;
  let outdatedSince = 0;
  let etag: string | undefined;

  /** Whether an instant is within the next `most` ms. Further off means that the clock was set back since. */
  function isAhead(instant: number, most: number): boolean {
    const distance = instant - scheduler.now();
    return distance > 0 && distance <= most;
  }

  function isFresh(): boolean {
    return isAhead(freshUntil, maxAge);
  }

  function isLeased(): boolean {
    return isAhead(leasedUntil, LEASE_MS);
  }

  function isTooSoon(): boolean {
    return isAhead(retryAt, LONGEST_WAIT_MS);
  }

  function remaining(due: number): number {
    return Math.min(Math.max(1, due - scheduler.now()), REQUEST_DEADLINE_MS);
  }

  /**
   * Applies what `look` brings, and keeps others from looking meanwhile.
   *
   * @returns When the service last said that it is so, in ms since the epoch; `undefined` when nothing was found.
   */
  async function apply(look: () => Promise<SnapshotAnswer | undefined>): Promise<number | undefined> {
    const mine = ++begun;
    const lease = leasedUntil = scheduler.now() + LEASE_MS;
    try {
      const answer = await look();
      if (answer === undefined) return undefined;
      const { snapshot, storedAt } = answer;
      if (mine >= applied) {
        applied = mine;
        if (snapshot !== undefined) {
          sink.replace(snapshot, storedAt === undefined ? "fetch" : "store", storedAt);
          etag = answer.etag;
        }
        sink.confirm(storedAt);
      }
      return storedAt ?? scheduler.now();
    } finally {
      if (leasedUntil === lease) leasedUntil = 0;
    }
  }

  async function load(options: Omit<LookOptions, "etag">, isRefresh = false): Promise<void> {
    const before = failures;
    try {
      const at = (await apply(() => origin.get({ ...options, etag })))!;
      // What was found too old to last may be on its way to the store.
      const again = shared?.canLock ? Math.min(maxAge, SOON_MS) : maxAge;
      freshUntil = Math.max(at + maxAge, scheduler.now() + again);
      retryAt = failures = 0;
      backoff.reset();
      if (scheduler.now() - at < maxAge) log.recovered();
      else awaitNewer(at);
    } catch (error) {
      const failure = lastFailure = asFailure(error);
      // A hundred requests that failed at once are one failure, and no reason to wait for long.
      if (before === failures) {
        failures++;
        const isToldToWait = failure instanceof HttpError && (failure.keyRejected || failure.retryAfter);
        if (isToldToWait || failures >= FAILURES_BEFORE_WAIT) {
          const cap = sink.hasSnapshot() ? Math.min(maxAge, MAX_BACKOFF_MS) : WAIT_WITH_NOTHING_MS;
          retryAt = scheduler.now() + backoff.next(failure, { cap });
        }
      }
      if (applied < Infinity) log.failed(failure, isRefresh);
      throw failure;
    }
  }

  /** A failure of somebody else who refreshes for all is one here too: it shows by a lock's time that brought nothing. */
  function awaitNewer(at: number): void {
    const now = scheduler.now();
    if (at !== outdatedAt) {
      outdatedAt = at;
      outdatedSince = now;
    } else if (now - outdatedSince > REFRESH_LOCK_MS) {
      const what = "who has the lock of the shared store brings nothing new";
      log.failed(
        new FeatureflipError("REQUEST_FAILED", `${what} for ${Math.round((now - outdatedSince) / 1000)} s`),
      );
    }
  }

  /** Sees to it that there is something to serve: what another request loads, what the shared store has, or a load. */
  async function loadFirst(due: number, behind: LookOptions["behind"]): Promise<void> {
    await pollUntil(
      scheduler,
      Math.min(LOCK_HOLDER_WAIT_MS, remaining(due)),
      () => sink.hasSnapshot() || !isLeased(),
    );
    if (shared !== undefined && !sink.hasSnapshot()) {
      const at = await apply(() => origin.stored({ etag, timeout: remaining(due) / 2 }));
      if (at !== undefined) freshUntil = at + maxAge;
    }
    if (sink.hasSnapshot()) return;
    if (lastFailure !== undefined && isTooSoon()) throw lastFailure;
    await load({ timeout: remaining(due), maxAge, behind });
  }

  return {
    mode: "lazy",
    start() {},
    async refresh() {
      const behind: Promise<void>[] = [];
      await load({ behind: (work) => void behind.push(work) }, true);
      await Promise.all(behind);
    },
    async ensureFresh({ timeout = REQUEST_DEADLINE_MS, waitUntil } = {}) {
      if (isFresh()) return;
      const due = scheduler.now() + Math.min(timeout, REQUEST_DEADLINE_MS);
      /** What nothing keeps alive behind the answer: it would end with the request, which has to wait for it. */
      const works: Promise<void>[] = [];
      const isWaitedFor = waitUntil === undefined && !runtime.hasBackground;
      function behind(work: Promise<void>): void {
        try {
          if (waitUntil !== undefined) return waitUntil(work);
        } catch {
          // One that refuses its work, as that of a request that has ended, is as good as none.
        }
        works.push(work);
      }
      if (!sink.hasSnapshot()) await loadFirst(due, behind);
      if (!isFresh() && !isLeased() && !isTooSoon()) {
        const refreshed = load({
          timeout: isWaitedFor ? remaining(due) : REQUEST_DEADLINE_MS,
          maxAge,
          behind,
        });
        behind(refreshed.catch(() => {}));
      }
      if (runtime.hasBackground) return;
      // More may be added while one is waited for.
      for (const work of works) await withTimeout(work, remaining(due), scheduler, () => {});
    },
    close() {
      applied = Infinity;
    },
  };
}
