import { expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { complainOfNode } from "../../../src/cli/check-node-version.ts";

it.each(["20.19.0", "20.20.2", "21.0.0", "24.3.1"])("complainOfNode() has nothing against %s", (version) => {
  expect(complainOfNode(version)).toBe(undefined);
});

it.each(["20.18.3", "19.20.0", "18.20.8"])(
  "complainOfNode() refuses %s, and says what package.json does",
  (version) => {
    const oldest = /^>=([\d.]+)$/.exec(packageJson.engines.node)?.[1];
    expect(complainOfNode(version)).toBe(`featureflip needs Node ${oldest} or later, and this is ${version}`);
  },
);
