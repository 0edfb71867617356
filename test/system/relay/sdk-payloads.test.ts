import { describe, expect, it } from "vitest";
import { createEvaluationApi } from "../../../src/server/mod.ts";
import { RelayFixture } from "../../unit/server/relay-fixture.ts";

const AT = "2026-11-29T17:00:00.123Z";

/** An evaluation without a user, and a custom event, as each SDK's serializer writes them. */
const PAYLOADS: Readonly<Record<string, string>> = {
  "Python: None as null, six digits": `{"events": [
    {"type": "Evaluation", "flagKey": "f", "userId": null, "variation": "on", "timestamp": "2026-11-29T17:00:00.123456+00:00", "metadata": null},
    {"type": "Custom", "flagKey": "paid", "userId": "u", "variation": null, "timestamp": "2026-11-29T17:00:00.123456+00:00", "metadata": {"total": 9.5}}]}`,
  "Ruby: nil as null, spaces in dates": `{"events":[
    {"type":"Evaluation","flagKey":"f","userId":null,"variation":"on","timestamp":"2026-11-29 17:00:00.123 UTC","metadata":{}},
    {"type":"Custom","flagKey":"paid","userId":"u","variation":null,"timestamp":"2026-11-29 19:00:00.123 +0200","metadata":{"total":9.5}}]}`,
  "Go: omitempty, nine digits": `{"events":[
    {"type":"Evaluation","flagKey":"f","variation":"on","timestamp":"2026-11-29T17:00:00.123456789Z"},
    {"type":"Custom","flagKey":"paid","userId":"u","timestamp":"2026-11-29T17:00:00.123456789Z","metadata":{"total":9.5}}]}`,
  "PHP: an empty list for an empty object, escaped slashes": String.raw`{"events":[
    {"type":"Evaluation","flagKey":"f","userId":null,"variation":"on","timestamp":"2026-11-29T17:00:00.123+00:00","metadata":[],"sdk":"featureflip\/php"},
    {"type":"Custom","flagKey":"paid","userId":"u","variation":null,"timestamp":"2026-11-29T18:00:00.123+01:00","metadata":{"total":9.5}}]}`,
  ".NET: all properties, seven digits": `{"events":[
    {"type":"Evaluation","flagKey":"f","userId":null,"variation":"on","timestamp":"2026-11-29T17:00:00.1234567Z","metadata":null,"prerequisiteKey":null},
    {"type":"Custom","flagKey":"paid","userId":"u","variation":null,"timestamp":"2026-11-29T17:00:00.1234567+00:00","metadata":{"total":9.5},"prerequisiteKey":null}]}`,
  "Java: upper-case names, seconds with a fraction": `{"sentAt":1795971600,"events":[
    {"type":"EVALUATION","flagKey":"f","userId":null,"variation":"on","timestamp":1795971600.123000000,"metadata":{},"attributes":{"a":[1]}},
    {"type":"CUSTOM","flagKey":"paid","userId":"u","variation":null,"timestamp":1795971600.123000000,"metadata":{"total":9.5}}]}`,
};

const EXPECTED = [
  { type: "Evaluation", flagKey: "f", variation: "on", timestamp: AT },
  { type: "Custom", flagKey: "paid", userId: "u", timestamp: AT, metadata: { total: 9.5 } },
];

const headers = { "content-type": "application/json" };

describe("events of the SDKs of other languages (contract §9)", () => {
  for (const [name, body] of Object.entries(PAYLOADS)) {
    it(`${name}: the local Evaluation API takes them`, async () => {
      const api = createEvaluationApi({
        sdkKeys: ["sdk-shapes"],
        environment: { flags: [] },
        hosts: ["api"],
      });
      const request = new Request("http://api/v1/sdk/events", {
        method: "POST",
        headers: { ...headers, authorization: "Bearer sdk-shapes" },
        body,
      });
      expect((await api.fetch(request)).status).toBe(202);
      expect(api.events).toEqual(EXPECTED);
      await api.close();
    });

    it(`${name}: the relay sends them on in the contract's form`, async () => {
      const fixture = await RelayFixture.started();
      const sent: unknown[] = [];
      fixture.fault = async (request) => {
        if (request.method !== "POST") return await fixture.service.fetch(request);
        sent.push(await request.json());
        return new Response(null, { status: 202 });
      };
      const request = new Request("http://relay.internal/v1/sdk/events", {
        method: "POST",
        headers: { ...headers, authorization: "relay-web" },
        body,
      });
      expect((await fixture.relay.fetch(request)).status).toBe(202);
      await fixture.scheduler.advance(5_000);
      expect(sent).toEqual([{ events: EXPECTED }]);
      await fixture.relay.close({ timeout: 1 });
    });
  }
});
