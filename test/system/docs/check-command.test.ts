import { describe, expect, it } from "vitest";
import { checkCommand } from "./check-command.ts";
import { featureflipArguments, parseShell } from "./shell.ts";

const RIGHT = `
npm install @featureflip/sdk hono   # with what it needs
PORT=3000 node examples/node/server.mjs && npm run build
npx @featureflip/sdk eval dark-mode --context '{"plan": "pro"}' \\
  --json
deno run --allow-net jsr:@featureflip/sdk/cli dev --port=0
featureflip --version
`;

describe("parseShell()", () => {
  it("finds commands and their words", () => {
    expect(parseShell(RIGHT)).toEqual([
      ["npm", "install", "@featureflip/sdk", "hono"],
      ["PORT=3000", "node", "examples/node/server.mjs"],
      ["npm", "run", "build"],
      ["npx", "@featureflip/sdk", "eval", "dark-mode", "--context", '{"plan": "pro"}', "--json"],
      ["deno", "run", "--allow-net", "jsr:@featureflip/sdk/cli", "dev", "--port=0"],
      ["featureflip", "--version"],
    ]);
  });
});

describe("featureflipArguments()", () => {
  it("knows the command in all its spellings", () => {
    expect(parseShell(RIGHT).map((command) => featureflipArguments(command)?.[0])).toEqual(
      [undefined, undefined, undefined, "eval", "dev", "--version"],
    );
  });
});

describe("checkCommand()", () => {
  it("passes what there is", async () => {
    for (const command of parseShell(RIGHT)) await checkCommand(command);
  });

  it.each([
    ["featureflip eval dark-mode --contxt '{}'", "has no --contxt"],
    ["featureflip evaluate dark-mode", "featureflip evaluate"],
    ["npx @featureflip/sdk dev --watch", "has no --watch"],
    ["npm run tset", "no script 'tset'"],
    ["npm install leftpad", "the package 'leftpad'"],
    ["node examples/node/serve.js", "no such file"],
    ["rm -rf dist", "knows the command 'rm'"],
  ])("refuses %s", async (line, problem) => {
    await expect(checkCommand(parseShell(line)[0]!)).rejects.toThrow(problem);
  });
});
