import type { EventRecord } from "./event-record.ts";

/** The body of `POST /v1/sdk/events` (contract §5): absent fields are left out, and there are no others. */
export function writeEvents(records: readonly EventRecord[]): string {
  let body = '{"events":[';
  let separator = "";
  let instant = Number.NaN;
  let timestamp = "";
  for (const record of records) {
    // Making an ISO string costs more than all the rest, and events come in bursts.
    if (record.timestamp !== instant) {
      instant = record.timestamp;
      timestamp = new Date(instant).toISOString();
    }
    body += `${separator}{"type":"${record.type}","flagKey":${JSON.stringify(record.flagKey)}`;
    if (record.userId !== undefined) body += `,"userId":${JSON.stringify(record.userId)}`;
    if (record.variation !== undefined) body += `,"variation":${JSON.stringify(record.variation)}`;
    body += `,"timestamp":"${timestamp}"`;
    if (record.metadata !== undefined) body += `,"metadata":${record.metadata}`;
    if (record.prerequisiteKey !== undefined) {
      body += `,"prerequisiteKey":${JSON.stringify(record.prerequisiteKey)}`;
    }
    body += "}";
    separator = ",";
  }
  return body + "]}";
}
