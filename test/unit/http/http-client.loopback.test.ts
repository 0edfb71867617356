import { describe, expect, it } from "vitest";
import { isLoopback, isLoopbackAddress } from "../../../src/http/http-client.ts";

describe("isLoopback()", () => {
  it.each(["localhost", "api.localhost", "127.0.0.1", "127.1.2.3", "[::1]"])("accepts %s", (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(["flags.example", "127.0.0.1.example", "localhost.example", "mylocalhost", "[::2]", "0.0.0.0"])(
    "refuses %s",
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe("isLoopbackAddress()", () => {
  it.each(["localhost", "127.0.0.1", "127.255.0.9", "::1"])("accepts %s", (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });
  it.each(["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", ""])("refuses %s", (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  });
});
