import type { HostGlobals } from "./host-globals.ts";

/**
 * Runs work outside of any async context (`AsyncLocalStorage`): at once, or on Bun possibly a moment later. What the work
 * starts is outside too, and keeps nothing of its caller's context alive (contract §6).
 */
export type Detach = (work: () => void) => void;

/** The part of `node:async_hooks` that is used here. */
interface AsyncHooks {
  readonly AsyncResource: new (type: string) => { runInAsyncScope(work: () => void): void };
}

/** Deno's own access to the async context; `undefined` stands for none. */
interface DenoCore {
  getAsyncContext?(): unknown;
  setAsyncContext?(context: unknown): void;
}

/**
 * Creates {@linkcode Detach} for a runtime with a background, or one that calls its work directly where there is no way out
 * of a context. A snapshot that is taken at import would not do: frameworks load modules inside a request.
 */
export function createDetach(globals: HostGlobals): Detach {
  // Deno first: reading `process` there loads its compatibility with Node.
  if (globals.Deno !== undefined) return detachOnDeno(globals.Deno);
  if (globals.Bun !== undefined) return detachOnBun();
  let detach: Detach | undefined;
  return (work) => {
    // Only when there is work: loading the module is a part of a start that offline clients need not pay (bench: cold start).
    detach ??= detachOnNode(globals);
    detach(work);
  };
}

function detachOnDeno(Deno: NonNullable<HostGlobals["Deno"]>): Detach {
  const internals = Deno.internal && Reflect.get(Deno, Deno.internal) as { readonly core?: DenoCore };
  const { getAsyncContext, setAsyncContext } = internals?.core ?? {};
  if (getAsyncContext === undefined || setAsyncContext === undefined) return callDirectly;
  return (work) => {
    const context = getAsyncContext();
    setAsyncContext(undefined);
    try {
      work();
    } finally {
      setAsyncContext(context);
    }
  };
}

/** On Node a resource holds the context that its work runs in, in properties: every one but its ids is cleared. */
function detachOnNode({ process }: HostGlobals): Detach {
  const hooks = process?.getBuiltinModule?.("async_hooks") as AsyncHooks | undefined;
  if (hooks === undefined) return callDirectly;
  return (work) => {
    const resource = new hooks.AsyncResource("FeatureflipBackground");
    for (const key of Object.getOwnPropertySymbols(resource)) {
      if (!key.description?.includes("async_id")) Reflect.set(resource, key, undefined);
    }
    resource.runInAsyncScope(work);
  };
}

/**
 * On Bun a message arrives outside of any context, and a reaction to a promise runs where it was registered. Loading
 * `node:async_hooks` for a snapshot would take longer than the rest of a start (bench: cold start).
 */
function detachOnBun(): Detach {
  const waiting: (() => void)[] = [];
  let wake: (() => void) | undefined;

  /** Registered before any work runs, which may enter another context. */
  function register(): void {
    void new Promise<void>((resolve) => wake = resolve).then(runNext);
  }

  function runNext(): void {
    register();
    const work = waiting.shift();
    if (waiting.length > 0) wake!();
    work?.();
  }

  return (work) => {
    waiting.push(work);
    if (wake !== undefined) return wake();
    wake = () => {};
    // A property: Next.js warns of the bare name in what it builds for its Edge runtime, where this is never called.
    const { port1, port2 } = new globalThis.MessageChannel();
    port1.onmessage = () => {
      port1.close();
      runNext();
    };
    port2.postMessage(undefined);
  };
}

function callDirectly(work: () => void): void {
  work();
}
