import type { HostGlobals } from "./host-globals.ts";

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

/**
 * Makes {@linkcode ReleaseStreams} for Node, where a socket can be had that way, and by its own headers it is known to
 * carry a stream of ours and nothing else: `fetch` does not pipeline. `undefined` where there is no such channel.
 */
export function createReleaseStreams({ process }: HostGlobals): ReleaseStreams | undefined {
  const channels = process?.getBuiltinModule?.("diagnostics_channel") as DiagnosticsChannel | undefined;
  if (channels?.unsubscribe === undefined) return undefined;
  const release = (message: unknown): void => {
    const { headers, socket } = message as SentHeaders;
    if (isOurStream(headers)) socket.unref?.();
  };
  return () => {
    channels.subscribe(CHANNEL, release);
    return () => channels.unsubscribe(CHANNEL, release);
  };
}

function isOurStream(headers: string): boolean {
  return /^user-agent: featureflip-sdk\//im.test(headers) &&
    /^accept: text\/event-stream\r?$/im.test(headers);
}
