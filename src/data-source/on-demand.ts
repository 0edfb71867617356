import { LOCK_HOLDER_WAIT_MS, REFRESH_LOCK_MS, REQUEST_DEADLINE_MS } from "../contract/limits.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { pollUntil, withTimeout } from "../runtime/scheduler.ts";
import { createSnapshotLoader } from "../shared-store/snapshot-loader.ts";
import type { LookOptions, SnapshotAnswer, SnapshotLoader } from "../shared-store/snapshot-loader.ts";
import type { DataSource, DataSourceContext, DataSourceOptions, FreshnessOptions } from "./data-source.ts";
import { LoadSchedule } from "./load-schedule.ts";
import { createOutageReporter, toFailure } from "./outage-reporter.ts";
import type { OutageReporter } from "./outage-reporter.ts";

/** How soon the holder of the shared store's lock may have written something newer, in ms. */
const NEWER_SOON_MS = 1000;

/**
 * Keeps flags current on request-scoped runtimes (contract §6.1): within requests, once the stored flags are old. What
 * outlives a request is plain data. No promise, timer or `Response` is shared between requests: when the one that created
 * it has ended, awaiting it never settles.
 */
export function createOnDemandSource(
  context: DataSourceContext,
  options: Pick<DataSourceOptions, "maxAge">,
): DataSource {
  return new OnDemandSource(context, options.maxAge);
}

class OnDemandSource implements DataSource {
  readonly mode = "lazy";
  readonly #context: DataSourceContext;
  readonly #maxAge: number;
  readonly #reporter: OutageReporter;
  readonly #loader: SnapshotLoader;
  readonly #schedule: LoadSchedule;
  #status: "open" | "closed" = "open";
  #lastFailure: FeatureflipError | undefined;
  /** Loads are numbered: a response is dropped when one of a later load has been applied. */
  #lastStarted = 0;
  #lastApplied = 0;
  /** The date of a snapshot that was too old while another process held the store's lock, and since when that is so. */
  #outdatedAt = 0;
  #outdatedSince = 0;
  #etag: string | undefined;

  constructor(context: DataSourceContext, maxAge: number) {
    this.#context = context;
    this.#maxAge = maxAge;
    this.#reporter = createOutageReporter(context);
    this.#loader = createSnapshotLoader(context, this.#reporter.warn);
    this.#schedule = new LoadSchedule(context.scheduler, maxAge);
  }

  start(): void {}

  async refresh(): Promise<void> {
    const storeWrites: Promise<void>[] = [];
    await this.#load({ behind: (work) => void storeWrites.push(work) }, true);
    await Promise.all(storeWrites);
  }

  async ensureFresh({ timeout = REQUEST_DEADLINE_MS, waitUntil }: FreshnessOptions = {}): Promise<void> {
    const { sink, scheduler, runtime } = this.#context;
    const schedule = this.#schedule;
    if (schedule.isFresh) return;
    const due = scheduler.now() + Math.min(timeout, REQUEST_DEADLINE_MS);
    /** Work that nothing keeps alive after the response: it would end with the request, which has to wait for it. */
    const unheld: Promise<void>[] = [];
    function afterResponse(work: Promise<void>): void {
      try {
        if (waitUntil !== undefined) return waitUntil(work);
      } catch {
        // A `waitUntil` that refuses its work, as that of a request that has ended, counts as missing.
      }
      unheld.push(work);
    }
    if (!sink.hasSnapshot()) await this.#loadFirst(due, afterResponse);
    if (!schedule.isFresh && !schedule.isLeased && !schedule.isTooSoon) {
      const isAwaited = waitUntil === undefined && !runtime.hasBackground;
      const loaded = this.#load({
        timeout: isAwaited ? this.#remaining(due) : REQUEST_DEADLINE_MS,
        maxAge: this.#maxAge,
        behind: afterResponse,
      });
      afterResponse(loaded.catch(() => {}));
    }
    if (runtime.hasBackground) return;
    // More may be added while one is awaited.
    for (const work of unheld) await withTimeout(work, this.#remaining(due), scheduler, () => {});
  }

  close(): void {
    this.#status = "closed";
  }

  /** Provides something to serve: what another request loads, what the shared store has, or a load. */
  async #loadFirst(due: number, behind: LookOptions["behind"]): Promise<void> {
    const { sink, scheduler, shared } = this.#context;
    const schedule = this.#schedule;
    await pollUntil(
      scheduler,
      Math.min(LOCK_HOLDER_WAIT_MS, this.#remaining(due)),
      () => sink.hasSnapshot() || !schedule.isLeased,
    );
    if (shared !== undefined && !sink.hasSnapshot()) {
      const timeout = this.#remaining(due) / 2;
      const confirmedAt = await this.#apply(() => this.#loader.stored({ etag: this.#etag, timeout }));
      if (confirmedAt !== undefined) schedule.setFresh(confirmedAt);
    }
    if (sink.hasSnapshot()) return;
    if (this.#lastFailure !== undefined && schedule.isTooSoon) throw this.#lastFailure;
    await this.#load({ timeout: this.#remaining(due), maxAge: this.#maxAge, behind });
  }

  async #load(options: Omit<LookOptions, "etag">, isRefresh = false): Promise<void> {
    const { sink, scheduler, shared } = this.#context;
    const failuresBefore = this.#schedule.failures;
    try {
      const confirmedAt = (await this.#apply(() => this.#loader.get({ ...options, etag: this.#etag })))!;
      const pause = shared?.canLock ? Math.min(this.#maxAge, NEWER_SOON_MS) : this.#maxAge;
      this.#schedule.succeed(confirmedAt, pause);
      if (scheduler.now() - confirmedAt < this.#maxAge) this.#reporter.reportRecovery();
      else this.#reportOutdated(confirmedAt);
    } catch (error) {
      const failure = this.#lastFailure = toFailure(error);
      this.#schedule.fail(failure, failuresBefore, sink.hasSnapshot());
      if (this.#status === "open") this.#reporter.reportFailure(failure, isRefresh);
      throw failure;
    }
  }

  /**
   * Applies what `find` returns, and holds the load lease meanwhile.
   *
   * @returns When the service last confirmed it, in ms since the epoch; `undefined` when nothing was found.
   */
  async #apply(find: () => Promise<SnapshotAnswer | undefined>): Promise<number | undefined> {
    const { sink, scheduler } = this.#context;
    const load = ++this.#lastStarted;
    const release = this.#schedule.lease();
    try {
      const answer = await find();
      if (answer === undefined) return undefined;
      const { snapshot, storedAt } = answer;
      if (this.#status === "open" && load >= this.#lastApplied) {
        this.#lastApplied = load;
        if (snapshot !== undefined) {
          sink.replace(snapshot, storedAt === undefined ? "fetch" : "store", storedAt);
          this.#etag = answer.etag;
        }
        sink.confirm(storedAt);
      }
      return storedAt ?? scheduler.now();
    } finally {
      release();
    }
  }

  /** The failure of the process that refreshes for all shows when its lock's time has passed without anything newer. */
  #reportOutdated(confirmedAt: number): void {
    const now = this.#context.scheduler.now();
    if (confirmedAt !== this.#outdatedAt) {
      this.#outdatedAt = confirmedAt;
      this.#outdatedSince = now;
      return;
    }
    const waited = now - this.#outdatedSince;
    if (waited <= REFRESH_LOCK_MS) return;
    const problem = "the holder of the shared store's lock refreshed nothing";
    const message = `${problem} for ${Math.round(waited / 1000)} s`;
    this.#reporter.reportFailure(new FeatureflipError("REQUEST_FAILED", message));
  }

  #remaining(due: number): number {
    return Math.min(Math.max(1, due - this.#context.scheduler.now()), REQUEST_DEADLINE_MS);
  }
}
