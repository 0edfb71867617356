import type { FeatureflipClientLike } from "../../client/client.ts";
import { clientHandle } from "../../client/internals.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import type { SdkEvent } from "../../contract/wire.ts";
import type { ContextInput, EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import type { FlagSet } from "../../store/flag-set.ts";

/** Where an OFREP endpoint takes flags from: a client, or the flags of a server of this package. */
export interface FlagSource {
  /** The flags now; `null` while there are none. */
  readonly flags: FlagSet | null;
  /** Whether changes are known between requests, so that streams can tell them. */
  readonly hasStreams: boolean;
  readonly scheduler: Scheduler;
  /** Loads what a request needs. Never rejects. */
  prepare(timeout: number, waitUntil: WaitUntil | undefined): Promise<void>;
  /** Fetches the flags now. */
  refresh(): Promise<void>;
  /** A caller's context, merged over the default context. */
  contextOf(context: ContextInput): EvaluationContext;
  /** Records an evaluation as an analytics event. */
  record(key: string, context: EvaluationContext, outcome: Outcome, waitUntil: WaitUntil | undefined): void;
  /** Logs a warning, once per message. */
  warn(message: string): void;
  /** The secret of stream tokens, the same on every instance; `undefined` where there is none. */
  readonly sdkKey: string | undefined;
  /** Calls `listener` after every change, and `onEnd` when there will be none any more. Returns the function that stops it. */
  watch(listener: () => void, onEnd: () => void): () => void;
}

/** Takes flags from a client. */
export function clientSource<Flags extends object = AnyFlags>(
  client: FeatureflipClientLike<Flags>,
): FlagSource {
  const handle = clientHandle(client);
  const { sdkKey, isPerRequest } = handle.core.lend();
  const isLazy = client.status.mode === "lazy";
  return {
    get flags() {
      return handle.flags;
    },
    hasStreams: !isPerRequest,
    scheduler: handle.core.runtime.scheduler,
    sdkKey: sdkKey === "" ? undefined : sdkKey,
    async prepare(timeout, waitUntil) {
      if (!isLazy) {
        // The usual case, and cheaper than the status.
        if (handle.flags !== null) return;
        const { mode, state } = client.status;
        if (state !== "NOT_READY" || mode === "manual") return;
      }
      // The client has logged why there are no flags.
      await handle.waitForInitialization({ timeout }, waitUntil).catch(() => {});
    },
    refresh: () => client.refresh(),
    warn: (message) => handle.warnOnce(message, message),
    contextOf: (context) => handle.contextOf(context),
    // Shed before the client's own events (contract §9).
    record: (key, context, outcome, waitUntil) =>
      handle.record(handle.flags, key, context, outcome, waitUntil, true),
    watch(listener, onEnd) {
      const onStatus = ({ isClosed }: { readonly isClosed: boolean }): void => {
        if (isClosed) onEnd();
      };
      handle.on("update", listener);
      handle.on("status", onStatus);
      return () => {
        handle.off("update", listener);
        handle.off("status", onStatus);
      };
    },
  };
}

/** Parts of {@linkcode ServerSource}. */
export interface ServerSourceParts {
  readonly flags: () => FlagSet | null;
  readonly scheduler: Scheduler;
  readonly sdkKey: string;
  readonly warn: (message: string) => void;
  /** Fetches the flags now; nothing to do by default. */
  readonly refresh?: (() => Promise<unknown>) | undefined;
  /** Accepts an analytics event. */
  readonly takeEvent: (event: SdkEvent) => void;
}

/** Takes flags from a server of this package, which reports its changes. */
export class ServerSource implements FlagSource {
  readonly hasStreams = true;
  readonly scheduler: Scheduler;
  readonly sdkKey: string;
  readonly warn: (message: string) => void;
  readonly #parts: ServerSourceParts;
  readonly #listeners = new Set<() => void>();

  constructor(parts: ServerSourceParts) {
    this.#parts = parts;
    this.scheduler = parts.scheduler;
    this.sdkKey = parts.sdkKey;
    this.warn = parts.warn;
  }

  get flags(): FlagSet | null {
    return this.#parts.flags();
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  async refresh(): Promise<void> {
    await this.#parts.refresh?.();
  }

  contextOf(context: ContextInput): EvaluationContext {
    return (context ?? {}) as EvaluationContext;
  }

  record(flagKey: string, _context: EvaluationContext, { variationKey }: Outcome): void {
    const timestamp = new Date(this.scheduler.now()).toISOString();
    this.#parts.takeEvent({
      type: "Evaluation",
      flagKey,
      timestamp,
      ...(variationKey !== undefined && { variation: variationKey }),
    });
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells that the flags have changed. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
