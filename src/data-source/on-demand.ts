import { LOCK_HOLDER_WAIT_MS, REQUEST_DEADLINE_MS } from "../contract/limits.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { Deadline, pollUntil, withTimeout } from "../runtime/scheduler.ts";
import { createServiceLoader } from "../shared-store/snapshot-loader.ts";
import type { LoadedSnapshot, LoadOptions, SnapshotLoader } from "../shared-store/snapshot-loader.ts";
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
  #etag: string | undefined;

  constructor(context: DataSourceContext, maxAge: number) {
    this.#context = context;
    this.#maxAge = maxAge;
    this.#reporter = createOutageReporter(context);
    this.#loader = context.shared ?? createServiceLoader(context.http, this.#reporter.warn);
    this.#schedule = new LoadSchedule(context.scheduler, maxAge);
  }

  start(): void {}

  async refresh(): Promise<void> {
    const storeWrites: Promise<void>[] = [];
    await this.#load({ afterResponse: (work) => void storeWrites.push(work) }, true);
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
        deadline: Deadline.in(scheduler, isAwaited ? this.#remaining(due) : REQUEST_DEADLINE_MS),
        maxAge: this.#maxAge,
        afterResponse,
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
  async #loadFirst(due: number, afterResponse: (work: Promise<void>) => void): Promise<void> {
    const { sink, scheduler, shared } = this.#context;
    const schedule = this.#schedule;
    await pollUntil(
      scheduler,
      Math.min(LOCK_HOLDER_WAIT_MS, this.#remaining(due)),
      () => sink.hasSnapshot() || !schedule.isLeased,
    );
    if (sink.hasSnapshot()) return;
    const deadline = Deadline.in(scheduler, this.#remaining(due));
    if (this.#lastFailure !== undefined && schedule.isTooSoon) {
      const stored = await shared?.stored({ etag: this.#etag, deadline });
      if (stored === undefined) throw this.#lastFailure;
      if (!sink.hasSnapshot()) sink.replace(stored.snapshot!, "store", stored.storedAt);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onStored = (): void => {
        // A stored snapshot is served at once, however old, and the load goes on after the response.
        afterResponse(loaded.catch(() => {}));
        resolve();
      };
      const loaded = this.#load({ deadline, maxAge: this.#maxAge, afterResponse, onStored });
      loaded.then(resolve, reject);
    });
  }

  async #load(options: Omit<LoadOptions, "etag">, isRefresh = false): Promise<void> {
    const { sink, scheduler, shared } = this.#context;
    const failuresBefore = this.#schedule.failures;
    try {
      const confirmedAt = await this.#loadAndApply(options);
      const pause = shared?.canLock ? Math.min(this.#maxAge, NEWER_SOON_MS) : this.#maxAge;
      this.#schedule.succeed(confirmedAt, pause);
      if (scheduler.now() - confirmedAt < this.#maxAge) this.#reporter.reportRecovery();
    } catch (error) {
      const failure = this.#lastFailure = toFailure(error);
      this.#schedule.fail(failure, failuresBefore, sink.hasSnapshot());
      if (this.#status === "open") this.#reporter.reportFailure(failure, isRefresh);
      throw failure;
    }
  }

  /**
   * Loads and applies, and holds the load lease meanwhile.
   *
   * @returns When the service last confirmed the flags, in ms since the epoch.
   */
  async #loadAndApply(options: Omit<LoadOptions, "etag">): Promise<number> {
    const { sink, scheduler } = this.#context;
    const load = ++this.#lastStarted;
    const release = this.#schedule.lease();
    const apply = ({ snapshot, etag, storedAt }: LoadedSnapshot): void => {
      if (this.#status === "closed" || load < this.#lastApplied) return;
      this.#lastApplied = load;
      if (snapshot !== undefined) {
        sink.replace(snapshot, storedAt === undefined ? "fetch" : "store", storedAt);
        this.#etag = etag;
      }
      sink.confirm(storedAt);
    };
    try {
      const loaded = await this.#loader.load({
        ...options,
        etag: this.#etag,
        onStored(stored) {
          apply(stored);
          options.onStored?.(stored);
        },
      });
      apply(loaded);
      return loaded.storedAt ?? scheduler.now();
    } finally {
      release();
    }
  }

  #remaining(due: number): number {
    return Math.min(Math.max(1, due - this.#context.scheduler.now()), REQUEST_DEADLINE_MS);
  }
}
