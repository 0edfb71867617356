import type { ClientState } from "../../store/flag-state.ts";
import { nameOfKey } from "../api/authorize.ts";
import type { RequestCounts } from "../http/request-bounds.ts";
import type { EventStreams } from "../api/event-streams.ts";
import type { RelayStatus } from "./options.ts";

/** What the metrics of a relay are made of. */
export interface MetricSources {
  readonly status: RelayStatus;
  readonly streams: EventStreams;
  /** The requests of each key, in the order of the keys. */
  readonly requests: readonly RequestCounts[];
  /** Event requests that were refused for lack of room, for each key. */
  readonly refusedEventRequests: readonly number[];
  /** The name of each key in labels: never the key itself (contract §9). */
  readonly names: readonly string[];
}

/** Creates the function that answers `GET /metrics`. */
export function createMetrics(
  sdkKeys: readonly string[],
  sources: () => Omit<MetricSources, "names">,
): () => Promise<Response> {
  let names: readonly string[] | undefined;
  return async () => {
    names ??= await Promise.all(sdkKeys.map(nameOfKey));
    const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
    return new Response(writeMetrics({ ...sources(), names }), { headers });
  };
}

const STATES: readonly ClientState[] = ["NOT_READY", "READY", "STALE", "ERROR", "FATAL"];

/** Writes the metrics of a relay in Prometheus' text format, version 0.0.4. */
export function writeMetrics(sources: MetricSources): string {
  const { status: { upstream, eventsByKey }, streams, requests, refusedEventRequests, names } = sources;
  const { opened, slow, changes, delivered } = streams.counters;
  const byKey = (value: (position: number) => number): Samples =>
    names.map((name, position) => [`{key="${name}"}`, value(position)]);
  return [
    metric("streams", "gauge", "Open streams.", byKey((key) => streams.openOf(key))),
    metric("streams_opened_total", "counter", "Streams opened.", [["", opened]]),
    metric("slow_readers_total", "counter", "Streams closed because the reader was too slow.", [["", slow]]),
    metric("changes_total", "counter", "Changes of flags and segments.", [["", changes]]),
    metric("deliveries_total", "counter", "Changes and pings written to streams.", [["", delivered]]),
    metric("requests_total", "counter", "Requests with a known key.", byKey((key) => requests[key]!.total)),
    metric(
      "requests_refused_total",
      "counter",
      "Requests beyond maxRequestsPerMinute.",
      byKey((key) => requests[key]!.refused),
    ),
    metric(
      "events_received_total",
      "counter",
      "Events accepted from clients.",
      byKey((key) => {
        const { sent, waiting, dropped } = eventsByKey[key]!;
        return sent + waiting + dropped.rejected + dropped.closed;
      }),
    ),
    metric(
      "events_sent_total",
      "counter",
      "Events sent to the service.",
      byKey((key) => eventsByKey[key]!.sent),
    ),
    metric(
      "events_rejected_total",
      "counter",
      "Events that the service refused, or of an unknown type.",
      byKey((key) => eventsByKey[key]!.dropped.rejected),
    ),
    metric(
      "events_waiting",
      "gauge",
      "Events waiting for the service.",
      byKey((key) => eventsByKey[key]!.waiting),
    ),
    metric(
      "event_requests_refused_total",
      "counter",
      "Event requests refused for lack of room.",
      byKey((key) => refusedEventRequests[key]!),
    ),
    metric(
      "upstream_state",
      "gauge",
      "The state of the connection to the service: 1 for the present one.",
      STATES.map((state) => [`{state="${state}"}`, upstream.state === state ? 1 : 0]),
    ),
    ...(upstream.age === undefined ? [] : [
      metric("upstream_age_seconds", "gauge", "Time since the service confirmed the flags.", [[
        "",
        upstream.age / 1_000,
      ]]),
      metric("snapshot_version", "gauge", "The version of the flags.", [["", upstream.version ?? 0]]),
    ]),
  ].join("");
}

/** The labels and the value of each sample. */
type Samples = readonly (readonly [string, number])[];

function metric(name: string, type: "counter" | "gauge", help: string, samples: Samples): string {
  const full = `featureflip_relay_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}
