import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildProcesses, HOSTS } from "../../support/child-processes.ts";

const OVERFLOW = "test/system/faults/children/overflow.ts";
const OWN_BYTES = "test/system/faults/children/own-bytes.ts";

describe("memory of events", () => {
  let children: ChildProcesses;
  beforeAll(async () => {
    children = await ChildProcesses.of([OVERFLOW, OWN_BYTES]);
  });
  afterAll(() => children.remove());

  it.each(HOSTS)(
    "stays what it is while events are shed by the hundred thousand, on %s (contract §5)",
    async (host) => {
      const { result } = await children.run(host, OVERFLOW);
      expect(result).toEqual({ grown: expect.any(Number), waiting: 10_000, shed: 290_000 });
      expect(Number(result.grown), "bytes").toBeLessThan(1_000_000);
    },
  );

  it.each(HOSTS)(
    "of waiting events is their bytes, whatever their texts were cut from, on %s (contract §5)",
    async (host) => {
      const { result } = await children.run(host, OWN_BYTES);
      expect(result.waiting).toBeGreaterThan(4_000);
      for (const [name, grown] of Object.entries(result.grown as Record<string, number>)) {
        expect(grown, name).toBeLessThan(1.25 * 8 * 2 ** 20);
      }
    },
  );
});
