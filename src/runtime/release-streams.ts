import type { HostGlobals } from "./detect-runtime.ts";

/** Ends what {@linkcode ReleaseStreams} began. */
export type StopReleasing = () => void;

/** Sees to it that streams of this package that are opened from now on do not keep the process alive. */
export type ReleaseStreams = () => StopReleasing;

/** What Node's `fetch` tells of a request once it has a socket (undici's channel `undici:client:sendHeaders`). */
interface SentHeaders {
  readonly headers: string;
  readonly socket: { unref?(): void };
}

interface DiagnosticsChannel {
  subscribe(name: string, listener: (message: unknown) => void): void;
  unsubscribe(name: string, listener: (message: unknown) => void): void;
}

const CHANNEL = "undici:client:sendHeaders";

const OUR_STREAM = [/^user-agent: featureflip-sdk\//im, /^accept: text\/event-stream\r?$/im];

/**
 * Makes {@linkcode ReleaseStreams} for Node, where a socket can be had that way, and by its own headers it is known to
 * carry a stream of ours and nothing else: `fetch` does not pipeline. `undefined` where there is no such channel.
 */
export function createReleaseStreams({ process }: HostGlobals): ReleaseStreams | undefined {
  if (process?.getBuiltinModule === undefined) return undefined;
  return () => {
    // Not before a stream opens: the module is half a millisecond of a fresh process.
    const channels = process.getBuiltinModule?.("diagnostics_channel") as DiagnosticsChannel;
    channels.subscribe(CHANNEL, release);
    return () => channels.unsubscribe(CHANNEL, release);
  };
}

function release(message: unknown): void {
  const { headers, socket } = message as SentHeaders;
  if (OUR_STREAM.every((header) => header.test(headers))) socket.unref?.();
}
