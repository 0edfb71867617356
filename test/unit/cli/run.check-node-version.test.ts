import { expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { checkNodeVersion } from "../../../src/cli/run.ts";

it.each(["20.19.0", "20.20.2", "21.0.0", "24.3.1"])("checkNodeVersion() accepts %s", (version) => {
  expect(checkNodeVersion(version)).toBe(undefined);
});

it.each(["20.18.3", "19.20.0", "18.20.8"])(
  "checkNodeVersion() refuses %s, and says what package.json does",
  (version) => {
    const oldest = /^>=([\d.]+)$/.exec(packageJson.engines.node)?.[1];
    expect(checkNodeVersion(version)).toBe(
      `featureflip needs Node ${oldest} or later, but this is ${version}`,
    );
  },
);
