import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError } from "../http/http-error.ts";
import { settledWithin } from "../runtime/settled-within.ts";
import { MAX_SERVER_DELAY_MS } from "../http/retry-after.ts";
import { asFailure } from "./as-failure.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSourceContext, DataSourceOptions } from "./create-data-source.ts";
import type { DataSource } from "./data-source.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import { createOutageLog } from "./outage-log.ts";
import { createSnapshotLoader } from "./snapshot-loader.ts";
import type { LoadOptions } from "./snapshot-loader.ts";
import { warnOnce } from "./warn-once.ts";

/** How long one load may take (contract §6.1). */
const LOAD_MS = 3000;

/** How long a load keeps others from loading. One whose request was cancelled never gives its lease back. */
const LEASE_MS = LOAD_MS + 1000;

/** How long a request with nothing to serve looks out for what another one is loading, and how often (contract §6.1). */
const LOOKOUT_MS = 500;
const LOOK_EVERY_MS = 25;

/** What goes on behind an answer: telling the shared store. Never rejects. */
interface Behind {
  readonly stored: Promise<void> | undefined;
}

/** After so many failures in a row requests are told without another one: an outage must not become a flood. */
const FAILURES_BEFORE_WAIT = 3;

/** How long that wait gets, however long the outage: the service is asked no less often than when it is well. */
const WAIT_WITH_NOTHING_MS = 5000;
const WAIT_MS = 30_000;

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
  const { sink, scheduler, logger, runtime } = context;
  const outage = createOutageLog(logger, sink);
  const loader = createSnapshotLoader(context, warnOnce(logger));
  const backoff = createBackoff(scheduler);
  let lookAt = -Infinity;
  let leaseUntil = 0;
  let retryAt = 0;
  let failures = 0;
  let lastFailure: FeatureflipError | undefined;

  /** Whether an instant is within the next `most` ms. Further off means that the clock was set back since. */
  function isAhead(instant: number, most: number): boolean {
    const distance = instant - scheduler.now();
    return distance > 0 && distance <= most;
  }

  function isFresh(): boolean {
    return isAhead(lookAt, maxAge);
  }

  function isLeased(): boolean {
    return isAhead(leaseUntil, LEASE_MS);
  }

  function isTooSoon(): boolean {
    return isAhead(retryAt, LONGEST_WAIT_MS);
  }

  /** What was found too old to last may be on its way to the store. */
  function lookAfter(at: number): void {
    lookAt = Math.max(at + maxAge, scheduler.now() + Math.min(maxAge, loader.origin.lookAgainAfter));
  }

  /** Loads and applies; settles with what goes on behind it. Rejects when nothing came. */
  async function load(options: LoadOptions): Promise<Behind> {
    const lease = leaseUntil = scheduler.now() + LEASE_MS;
    const before = failures;
    try {
      const { at, stored } = await loader.load(options);
      lookAfter(at);
      retryAt = failures = 0;
      backoff.reset();
      if (scheduler.now() - at < maxAge) outage.recovered();
      // In an object, since a promise itself would be waited for.
      return { stored };
    } catch (error) {
      const failure = lastFailure = asFailure(error);
      // A hundred requests that failed at once are one failure, and no reason to wait for long.
      if (before === failures) {
        failures++;
        const isToldToWait = failure instanceof HttpError && (failure.keyRejected || failure.retryAfter);
        if (isToldToWait || failures >= FAILURES_BEFORE_WAIT) {
          const cap = sink.hasSnapshot() ? Math.min(maxAge, WAIT_MS) : WAIT_WITH_NOTHING_MS;
          retryAt = scheduler.now() + backoff.next(failure, { cap });
        }
      }
      outage.failed(failure);
      throw failure;
    } finally {
      if (leaseUntil === lease) leaseUntil = 0;
    }
  }

  /** Applies what the shared store has. Tells whether there is anything to serve now. */
  async function loadStored(due: number): Promise<boolean> {
    const lease = leaseUntil = scheduler.now() + LEASE_MS;
    const loaded = await loader.loadStored(remaining(due) / 2);
    if (loaded !== undefined) lookAt = loaded.at + maxAge;
    if (leaseUntil === lease) leaseUntil = 0;
    return sink.hasSnapshot();
  }

  /** Uses what is there, and has it refreshed unless somebody does that already. */
  async function refreshBehind(due: number, waitUntil: WaitUntil | undefined): Promise<void> {
    if (isLeased() || isTooSoon()) return;
    // Where nothing keeps it alive it would end with the request, which has to wait for it.
    const isWaitedFor = waitUntil === undefined && !runtime.hasBackground;
    const refreshed = load({ timeout: isWaitedFor ? remaining(due) : LOAD_MS, maxAge })
      .then(({ stored }) => stored, () => {});
    await settleBehind(refreshed, due, waitUntil);
  }

  /** Lets work go on behind the answer, where anything keeps it alive there. */
  async function settleBehind(
    work: Promise<void>,
    due: number,
    waitUntil: WaitUntil | undefined,
  ): Promise<void> {
    waitUntil?.(work);
    if (waitUntil === undefined && !runtime.hasBackground) {
      await settledWithin(work, remaining(due), scheduler);
    }
  }

  function remaining(due: number): number {
    return Math.min(Math.max(1, due - scheduler.now()), LOAD_MS);
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => scheduler.after(ms, resolve, { keepAlive: true }));
  }

  return {
    mode: "lazy",
    start() {},
    async refresh() {
      const { stored } = await load({ timeout: LOAD_MS });
      await stored;
    },
    async ensureFresh({ timeout = LOAD_MS, waitUntil } = {}) {
      const due = scheduler.now() + Math.min(timeout, LOAD_MS);
      if (isFresh()) return;
      if (sink.hasSnapshot()) return await refreshBehind(due, waitUntil);
      for (let waited = 0; isLeased() && waited < Math.min(LOOKOUT_MS, timeout); waited += LOOK_EVERY_MS) {
        await sleep(LOOK_EVERY_MS);
        if (sink.hasSnapshot()) return;
      }
      if (loader.origin.isShared && await loadStored(due)) {
        return isFresh() ? undefined : await refreshBehind(due, waitUntil);
      }
      if (lastFailure !== undefined && isTooSoon()) throw lastFailure;
      const { stored } = await load({ timeout: remaining(due), maxAge });
      if (stored !== undefined) await settleBehind(stored, due, waitUntil);
    },
    close: loader.close,
  };
}
