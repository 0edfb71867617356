import { expect } from "vitest";
import type { Stage } from "./stage.ts";

const MINUTE = 60_000;

/** The stream is back, has brought the flags, and changes cost no request. */
export async function isHealthy(stage: Stage): Promise<void> {
  const { clock, service, client, requests } = stage;
  await clock.advanceUntil(
    () => client.status.mode === "streaming" && service.streams.length === 1,
    2 * MINUTE,
  );
  await clock.advance(2 * MINUTE);
  const before = requests.length;
  stage.edit("v9");
  expect(await stage.serves("v9", 1000), "ms that a change takes").toBe(0);
  await clock.advance(5 * MINUTE);
  expect(requests.length - before, "requests of a healthy stream").toBe(0);
  const { state, mode, modeReason, lastError } = client.status;
  expect({ state, mode, modeReason, lastError }).toEqual({ state: "READY", mode: "streaming" });
}
