import { REQUEST_DEADLINE_MS, WRITER_GRACE_MS } from "../contract/limits.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { RequestError } from "../errors/request-error.ts";
import { Deadline, pollUntil, withTimeout } from "../runtime/scheduler.ts";
import { createServiceLoader } from "../shared-store/snapshot-loader.ts";
import type {
  LoadedSnapshot,
  LoadOptions,
  SnapshotIdentity,
  SnapshotLoader,
} from "../shared-store/snapshot-loader.ts";
import type { DataSource, DataSourceContext, DataSourceOptions, FreshnessOptions } from "./data-source.ts";
import { LoadSchedule } from "./load-schedule.ts";
import type { ReleaseLease } from "./load-schedule.ts";
import { createOutageReporter, toFailure } from "./outage-reporter.ts";
import type { OutageReporter } from "./outage-reporter.ts";

/** How soon the holder of the shared store's lock may have written something newer, in ms. */
const NEWER_SOON_MS = 1000;

/** Options of a load of which the request need not see the end. */
interface BackgroundLoad extends LoadOptions {
  readonly deadline: Deadline;
  readonly afterResponse: (work: Promise<void>) => void;
}

/**
 * Keeps flags current on request-scoped runtimes (contract §6.1): within requests, once the stored flags are old. What
 * outlives a request is plain data. No promise, timer or `Response` is shared between requests: when the one that created
 * it has ended, awaiting it never settles.
 */
export function createOnDemandSource(
  context: DataSourceContext,
  options: Pick<DataSourceOptions, "maxAge" | "maxStale">,
): DataSource {
  return new OnDemandSource(context, options);
}

class OnDemandSource implements DataSource {
  readonly mode = "lazy";
  readonly #context: DataSourceContext;
  readonly #maxAge: number;
  readonly #maxStale: number;
  readonly #reporter: OutageReporter;
  readonly #loader: SnapshotLoader;
  readonly #schedule: LoadSchedule;
  #isClosed = false;
  #lastFailure: FeatureflipError | undefined;
  /** Loads are numbered: a response is dropped when one of a later load has been applied. */
  #lastStarted = 0;
  #lastApplied = 0;
  #held: SnapshotIdentity | undefined;

  constructor(
    context: DataSourceContext,
    { maxAge, maxStale }: Pick<DataSourceOptions, "maxAge" | "maxStale">,
  ) {
    this.#context = context;
    this.#maxAge = maxAge;
    this.#maxStale = maxStale;
    this.#reporter = createOutageReporter(context);
    this.#loader = context.shared ?? createServiceLoader(context.http, this.#reporter.warn);
    this.#schedule = new LoadSchedule(context.scheduler, maxAge);
  }

  start(): void {}

  async refresh(): Promise<void> {
    let storeWrite: Promise<void> | undefined;
    await this.#load({ afterResponse: (work) => storeWrite = work }, this.#schedule.lease(), true);
    await storeWrite;
  }

  async ensureFresh({ timeout = REQUEST_DEADLINE_MS, waitUntil }: FreshnessOptions = {}): Promise<void> {
    const { scheduler, runtime } = this.#context;
    const schedule = this.#schedule;
    if (schedule.isFresh) return;
    const requestDeadline = new Deadline(scheduler, Math.min(timeout, REQUEST_DEADLINE_MS));
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
    // Work that goes on after the response has the time of a request, however short this one's is.
    const isHeld = waitUntil !== undefined || runtime.hasBackground;
    const deadline = isHeld ? new Deadline(scheduler, REQUEST_DEADLINE_MS) : requestDeadline;
    const load = { deadline, afterResponse };
    if (!this.#isUsable()) await this.#loadFirst(load, requestDeadline);
    else if (!schedule.isTooSoon) {
      const lease = schedule.tryLease();
      if (lease !== undefined) void this.#loadDetached(load, lease);
    }
    if (runtime.hasBackground) return;
    // More may be added while one is awaited.
    for (const work of unheld) await withTimeout(work, requestDeadline.remaining(), scheduler, () => {});
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Whether there are flags that may be served before they are refreshed. */
  #isUsable(): boolean {
    const { sink } = this.#context;
    return sink.hasSnapshot() && sink.age() <= this.#maxStale;
  }

  /** Provides something to serve: what another request loads, what the shared store has, or a load. */
  async #loadFirst(load: BackgroundLoad, requestDeadline: Deadline): Promise<void> {
    const { sink, scheduler } = this.#context;
    const schedule = this.#schedule;
    let lease: ReleaseLease | undefined;
    // The lease is taken as soon as it is seen to be free: all requests that wait check at the same moment.
    await pollUntil(
      scheduler,
      requestDeadline.remaining(),
      () => this.#isUsable() || schedule.isFresh || schedule.isTooSoon || (lease = schedule.tryLease()),
    );
    if (lease !== undefined) return await this.#loadHolding(lease, load, requestDeadline);
    if (sink.hasSnapshot()) return;
    if (!schedule.isTooSoon) throw new RequestError("Another request is loading the flags");
    await this.#useStored(requestDeadline);
  }

  /** Loads, and waits for what may be served, as long as the request's own time allows. */
  async #loadHolding(lease: ReleaseLease, load: BackgroundLoad, requestDeadline: Deadline): Promise<void> {
    const { sink, scheduler } = this.#context;
    let onUsable = (): void => {};
    const usable = new Promise<void>((resolve) => onUsable = resolve);
    // A stored snapshot is served at once, unless it is too old, and the load goes on after the response.
    const onStored = (): void => void (this.#isUsable() && onUsable());
    const loaded = this.#loadDetached({ ...load, onStored }, lease);
    try {
      await withTimeout(Promise.race([loaded, usable]), requestDeadline.remaining(), scheduler, () => {
        throw new RequestError("The flags are still being loaded");
      });
    } catch (error) {
      // What is too old is better than nothing.
      if (!sink.hasSnapshot()) throw error;
    }
  }

  /** Serves what the shared store has while the service is not asked, by one read a second. */
  async #useStored(requestDeadline: Deadline): Promise<void> {
    const { sink, shared } = this.#context;
    const lease = shared && this.#schedule.tryLease();
    const stored = lease &&
      await shared!.stored({ ...this.#held, deadline: requestDeadline }).finally(lease);
    if (sink.hasSnapshot()) return;
    if (stored === undefined) throw this.#lastFailure;
    sink.replace(stored.snapshot!, "store", stored.storedAt);
  }

  /** Loads for all requests, so outside of the async context of the one that began it, where the runtime has a background. */
  #loadDetached(options: BackgroundLoad, lease: ReleaseLease): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#context.scheduler.detach(() => resolve(this.#load({ ...options, maxAge: this.#maxAge }, lease)));
    });
    // At once and not after a wait: the client of this request may go away meanwhile.
    options.afterResponse(loaded.catch(() => {}));
    return loaded;
  }

  async #load(options: LoadOptions, release: ReleaseLease, isRefresh = false): Promise<void> {
    const { scheduler, shared } = this.#context;
    const load = ++this.#lastStarted;
    try {
      const confirmedAt = await this.#loadAndApply(load, options);
      const pause = shared?.canLock ? Math.min(this.#maxAge, NEWER_SOON_MS) : this.#maxAge;
      this.#schedule.succeed(confirmedAt, pause);
      // Waiting for the writer of a store that can't lock is not a failure.
      const current = shared?.canLock === false ? Math.max(this.#maxAge, WRITER_GRACE_MS) : this.#maxAge;
      if (scheduler.now() - confirmedAt < current) this.#reporter.reportRecovery();
    } catch (error) {
      const failure = toFailure(error);
      // A load that a later one has overtaken says nothing about the service as it is now.
      if (load >= this.#lastApplied) {
        this.#lastFailure = failure;
        this.#schedule.fail(failure);
        if (!this.#isClosed) this.#reporter.reportFailure(failure, isRefresh);
      }
      throw failure;
    } finally {
      release();
    }
  }

  /**
   * Loads and applies.
   *
   * @returns When the service last confirmed the flags, in ms since the epoch.
   */
  async #loadAndApply(load: number, options: LoadOptions): Promise<number> {
    const { sink, scheduler } = this.#context;
    const apply = ({ snapshot, etag, text, storedAt }: LoadedSnapshot): void => {
      if (this.#isClosed || load < this.#lastApplied) return;
      this.#lastApplied = load;
      if (snapshot !== undefined) {
        sink.replace(snapshot, storedAt === undefined ? "fetch" : "store", storedAt);
        // An isolate has little memory, and a service with an `ETag` says itself that nothing changed.
        this.#held = { etag, text: etag === undefined ? text : undefined };
      }
      sink.confirm(storedAt);
    };
    const loaded = await this.#loader.load({
      ...options,
      ...this.#held,
      isAwaited: () => !this.#isUsable(),
      onStored(stored) {
        apply(stored);
        options.onStored?.(stored);
      },
    });
    apply(loaded);
    return loaded.storedAt ?? scheduler.now();
  }
}
