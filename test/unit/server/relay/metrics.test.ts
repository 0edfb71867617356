import { expect, it } from "vitest";
import { EventStreams } from "../../../../src/server/api/event-streams.ts";
import { writeMetrics } from "../../../../src/server/relay/metrics.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";

const COUNTERS = {
  sent: 5,
  waiting: 2,
  shed: { repeats: 0, evaluations: 0, others: 0 },
  dropped: { rejected: 1, closed: 0 },
};

function write(upstream: { readonly version?: number; readonly age?: number } = {}): string {
  const streams = new EventStreams({
    pingInterval: 1,
    maxStreams: 9,
    maxBacklogBytes: 9,
    scheduler: new ManualScheduler(),
  });
  streams.open(new Uint8Array(1), 1);
  return writeMetrics({
    status: {
      upstream: { state: "READY", mode: "streaming", ...upstream },
      openStreams: 1,
      events: COUNTERS,
      eventsByKey: [COUNTERS, COUNTERS],
    },
    streams,
    requests: [{ total: 7, refused: 3 }, { total: 0, refused: 0 }],
    refusedEventRequests: [4, 0],
    names: ["aaaa0000", "bbbb1111"],
  });
}

it("writes each metric with its help, its type and a sample for each key (contract §9)", () => {
  const text = write({ version: 12, age: 1_500 });
  expect(text).toContain(
    "# HELP featureflip_relay_streams Open streams.\n# TYPE featureflip_relay_streams gauge\n" +
      'featureflip_relay_streams{key="aaaa0000"} 0\nfeatureflip_relay_streams{key="bbbb1111"} 1\n',
  );
  expect(text.split("\n")).toEqual(expect.arrayContaining([
    "featureflip_relay_streams_opened_total 1",
    'featureflip_relay_requests_refused_total{key="aaaa0000"} 3',
    'featureflip_relay_events_received_total{key="aaaa0000"} 8',
    'featureflip_relay_event_requests_refused_total{key="aaaa0000"} 4',
    "featureflip_relay_upstream_age_seconds 1.5",
    "featureflip_relay_snapshot_version 12",
  ]));
  // Every line is a comment or a sample, and the text ends in a line break.
  expect(text).toMatch(/^(?:# (?:HELP|TYPE) [a-z_]+ .+\n|[a-z_]+(?:\{[a-z]+="\w+"\})? [\d.]+\n)+$/);
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
});

it("has no age and no version while there are no flags", () => {
  expect(write()).not.toMatch(/upstream_age|snapshot_version/);
});
