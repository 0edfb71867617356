import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError } from "../http/http-error.ts";
import { MAX_SERVER_DELAY_MS } from "../http/retry-after.ts";
import { asFailure } from "./as-failure.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSourceContext, DataSourceOptions } from "./create-data-source.ts";
import type { DataSource } from "./data-source.ts";
import { createOutageLog } from "./outage-log.ts";
import { createSnapshotLoader } from "./snapshot-loader.ts";
import { warnOnce } from "./warn-once.ts";

/** How long one load may take (contract §6.1). */
const LOAD_MS = 3000;

/** How long a load keeps others from loading. One whose request was cancelled never gives its lease back. */
const LEASE_MS = LOAD_MS + 1000;

/** How long a request with nothing to serve looks out for what another one is loading, and how often (contract §6.1). */
const LOOKOUT_MS = 500;
const LOOK_EVERY_MS = 25;

/** After so many failures in a row requests are told without another one: an outage must not become a flood. */
const FAILURES_BEFORE_WAIT = 3;

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
  let freshAt = -Infinity;
  let leaseUntil = 0;
  let retryAt = 0;
  let lastFailure: FeatureflipError | undefined;

  /** Whether an instant is within the next `most` ms. Further off means that the clock was set back since. */
  function isAhead(instant: number, most: number): boolean {
    const distance = instant - scheduler.now();
    return distance > 0 && distance <= most;
  }

  function isFresh(): boolean {
    return isAhead(freshAt + maxAge, maxAge);
  }

  function isLeased(): boolean {
    return isAhead(leaseUntil, LEASE_MS);
  }

  function isTooSoon(): boolean {
    return isAhead(retryAt, LONGEST_WAIT_MS);
  }

  async function load(timeout: number): Promise<void> {
    const lease = leaseUntil = scheduler.now() + LEASE_MS;
    try {
      await loader.load({ timeout: Math.min(timeout, LOAD_MS) });
      freshAt = scheduler.now();
      retryAt = 0;
      backoff.reset();
      outage.recovered();
    } catch (error) {
      const failure = lastFailure = asFailure(error);
      const wait = backoff.next(failure);
      const isToldToWait = failure instanceof HttpError && (failure.keyRejected || failure.retryAfter);
      if (isToldToWait || backoff.failures >= FAILURES_BEFORE_WAIT) retryAt = scheduler.now() + wait;
      outage.failed(failure);
      throw failure;
    } finally {
      if (leaseUntil === lease) leaseUntil = 0;
    }
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => scheduler.after(ms, resolve, { keepAlive: true }));
  }

  return {
    mode: "lazy",
    start() {},
    refresh() {
      return load(LOAD_MS);
    },
    async ensureFresh({ timeout = LOAD_MS, waitUntil } = {}) {
      if (isFresh()) return;
      if (sink.hasSnapshot()) {
        if (isLeased() || isTooSoon()) return;
        // Where nothing keeps it alive it would end with the request, which has to wait for it.
        const isWaitedFor = waitUntil === undefined && !runtime.hasBackground;
        const refreshed = load(isWaitedFor ? timeout : LOAD_MS).catch(() => {});
        waitUntil?.(refreshed);
        if (isWaitedFor) await refreshed;
        return;
      }
      for (let waited = 0; isLeased() && waited < Math.min(LOOKOUT_MS, timeout); waited += LOOK_EVERY_MS) {
        await sleep(LOOK_EVERY_MS);
        if (sink.hasSnapshot()) return;
      }
      if (lastFailure !== undefined && isTooSoon()) throw lastFailure;
      await load(timeout);
    },
    close: loader.close,
  };
}
