import { afterAll, describe, expect, it } from "vitest";
import { run } from "../../../../src/cli/run.ts";
import { createSample } from "../sample.ts";

const { file, remove } = await createSample();
afterAll(remove);

describe("featureflip dev", () => {
  it("can be ended as soon as it has said that it serves", async () => {
    const told: string[] = [];
    const code = await run(["dev", file, "--port", "0"], {
      print: () => void told.push("printed"),
      note: () => {},
      readInput: () => Promise.resolve(""),
      env: () => undefined,
      ended() {
        told.push("listens for its end");
        return Promise.resolve();
      },
    });
    expect(code).toBe(0);
    expect(told).toEqual(["listens for its end", "printed"]);
  });

  async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    let out = "";
    await run(["dev", file, "--port", "0", ...args], {
      print: (line) => out += `${line}\n`,
      note: (line) => out += `${line}\n`,
      readInput: () => Promise.resolve(""),
      env: (name) => env[name],
      ended: () => Promise.resolve(),
    });
    return out;
  }

  it("prints the token only where the page does not have it, and never one that was set", async () => {
    expect(await start([])).not.toContain("#token=");
    expect(await start(["--allow-host", "flags.example"])).toMatch(/\/#token=[\w-]{36}\n/);
    expect(await start(["--host", "0.0.0.0"])).toMatch(/\/#token=[\w-]{36}\n/);
    expect(await start(["--no-page-token"])).toMatch(/\/#token=[\w-]{36}\n/);
    const token = "a-token-of-tests-1";
    expect(await start(["--no-page-token", "--token", token])).not.toContain(token);
    expect(await start(["--no-page-token"], { FEATUREFLIP_DEV_TOKEN: token })).not.toContain("#token=");
  });

  it("refuses a token that is short or cannot be sent", async () => {
    expect(await start(["--token", "short"])).toContain(
      "featureflip dev: Option '--token' must be at least 16 visible ASCII characters",
    );
    expect(await start([], { FEATUREFLIP_DEV_TOKEN: "sixteen chars or more" })).toContain(
      "The environment variable FEATUREFLIP_DEV_TOKEN must be at least 16 visible ASCII characters",
    );
  });
});
