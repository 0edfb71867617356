import { describe, expect, it } from "vitest";
import { createBackgroundSource } from "../../../src/data-source/streaming.edge.ts";
import { createBackgroundSource as createFullSource } from "../../../src/data-source/streaming.ts";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { createSourceContext } from "../../support/source-context.ts";

const OPTIONS = { pollInterval: 30_000, pollAfterFailures: 5, maxAge: 30_000, maxStale: 300_000 };

describe("createBackgroundSource() of the edge build", () => {
  it.each(["streaming", "polling"] as const)("refuses mode %s, and says why", (mode) => {
    const create = (): unknown => createBackgroundSource(createSourceContext(), { ...OPTIONS, mode });
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(`'mode' must not be "${mode}" in the build for Workers and Vercel Edge`);
  });

  it("loads on demand in the other modes (contract §6.1)", async () => {
    for (const mode of ["auto", "manual"] as const) {
      const context = createSourceContext();
      const source = createBackgroundSource(context, { ...OPTIONS, mode });
      expect(source.mode).toBe("lazy");
      const loaded = source.ensureFresh!();
      await context.scheduler.advance(20);
      await loaded;
      expect(context.sink.sources).toEqual(["fetch"]);
    }
  });
});

it("replaces a function that streams and polls (contract §7)", () => {
  const modes = (["auto", "streaming", "polling", "manual"] as const).map((mode) =>
    createFullSource(createSourceContext(), { ...OPTIONS, mode }).mode
  );
  expect(modes).toEqual(["streaming", "streaming", "polling", "polling"]);
});
