import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SAMPLE_ENVIRONMENT } from "../../../../src/cli/dev/sample-environment.ts";
import { run } from "../../../../src/cli/run.ts";
import { serve } from "../../../../src/server/mod.ts";
import type { EvaluationServer } from "../../../../src/server/mod.ts";
import { createApi } from "../../server/local-api.ts";
import { makeFolder, removeFolder } from "../temporary-folder.ts";

let folder: string;
let file: string;
let server: EvaluationServer;

beforeAll(async () => {
  folder = await makeFolder();
  file = join(folder, "flags.json");
  await writeFile(file, SAMPLE_ENVIRONMENT);
  server = await serve(createApi());
});

afterAll(async () => {
  await server.close();
  await removeFolder(folder);
});

describe("featureflip dev", () => {
  it("can be ended as soon as it has said that it serves", async () => {
    const told: string[] = [];
    const code = await run(["dev", file, "--port", "0"], {
      print: () => void told.push("printed"),
      note: () => {},
      env: () => undefined,
      ended() {
        told.push("listens for its end");
        return Promise.resolve();
      },
    });
    expect(code).toBe(0);
    expect(told).toEqual(["listens for its end", "printed"]);
  });
});
