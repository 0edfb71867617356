/** `node compile.mjs TYPESCRIPT [MODULE]`: each kind of project with one compiler, or those of one `module`. */
import { spawnSync } from "node:child_process";
import process from "node:process";

const [version = "", module = ""] = process.argv.slice(2);
const STRICT = "--noEmit --strict --exactOptionalPropertyTypes --target es2022 --lib es2022";
const KINDS = [
  // What TypeScript 7 no longer has.
  ...(version === "7" ? [] : [
    `--types node --module commonjs --moduleResolution node${
      version === "6" ? "10 --ignoreDeprecations 6.0" : ""
    } commonjs.cts module.mts`,
  ]),
  "--types node --module node16 --moduleResolution node16 commonjs.cts module.mts",
  // A project with an older target, whose library lacks `ErrorOptions`.
  "--types node --module node16 --moduleResolution node16 --target es2019 --lib es2019 commonjs.cts",
  "--types node --module nodenext --moduleResolution nodenext commonjs.cts module.mts",
  "--types node --module esnext --moduleResolution bundler module.mts",
  "--types @cloudflare/workers-types --module esnext --moduleResolution bundler workers.mts",
];
for (const kind of KINDS.filter((kind) => kind.includes(`--module ${module}`))) {
  const compiler = ["--compiler", `typescript-${version}`];
  const { status } = spawnSync(
    process.execPath,
    ["../tsc.mjs", ...compiler, ...STRICT.split(" "), ...kind.split(" ")],
    { stdio: "inherit" },
  );
  console.log(`${status === 0 ? "ok" : "FAILED"}: TypeScript ${version}, ${kind}`);
  if (status !== 0) process.exitCode = 1;
}
