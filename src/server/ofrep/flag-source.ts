import type { FeatureflipClientLike } from "../../client/client.ts";
import { clientHandle } from "../../client/internals.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
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
  const { sdkKey, scheduler, isPerRequest } = handle.lend();
  return {
    get flags() {
      return handle.flags;
    },
    hasStreams: !isPerRequest,
    scheduler,
    sdkKey: sdkKey === "" ? undefined : sdkKey,
    async prepare(timeout, waitUntil) {
      const { mode, state } = client.status;
      if (mode !== "lazy" && (state !== "NOT_READY" || mode === "manual")) return;
      // The client has logged why there are no flags.
      await handle.waitForInitialization({ timeout, waitUntil }).catch(() => {});
    },
    refresh: () => client.refresh(),
    warn: (message) => handle.warnOnce(message, message),
    contextOf: (context) => handle.contextOf(context),
    record: (key, context, outcome, waitUntil) =>
      handle.record(handle.flags, key, context, outcome, waitUntil),
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
