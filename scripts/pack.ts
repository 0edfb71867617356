/**
 * Packs the package into `.tmp/package`, after `npm run build`: the tarball that is checked, installed by test:package
 * and published. Its package.json has no condition `source`, which leads to files that npm does not get.
 */
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { readEntries } from "./entries.ts";

const FOLDER = ".tmp/package";

const manifest = JSON.parse(await readFile("package.json", "utf8"));
for (const key of ["private", "scripts", "devDependencies", "allowScripts"]) delete manifest[key];
for (const target of Object.values<{ source?: string }>(manifest.exports)) delete target.source;
// For what does not read `exports`: TypeScript's `moduleResolution: node` above all.
const subpaths = (await readEntries()).filter(({ name }) => name !== ".");
const typesVersions = {
  "*": Object.fromEntries(subpaths.map(({ name, types }) => [name.slice(2), [types]])),
};
Object.assign(manifest, { main: "./dist/mod.cjs", types: "./dist/mod.d.ts", typesVersions });

await mkdir(FOLDER, { recursive: true });
// Steps of CI pack side by side: nobody finds the tarball missing or in parts.
const work = await mkdtemp(`${FOLDER}/pack-`);
const stage = `${work}/stage`;
await mkdir(stage);
for (const path of ["README.md", "LICENSE", ...manifest.files]) {
  await cp(path, `${stage}/${path}`, { recursive: true });
}
await writeFile(`${stage}/package.json`, JSON.stringify(manifest, undefined, 2));
const [{ filename, entryCount, size, unpackedSize }] = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--pack-destination", ".."], { cwd: stage, encoding: "utf8" }),
);
const tarball = `${FOLDER}/featureflip-sdk.tgz`;
await rename(`${work}/${filename}`, tarball);
await rm(work, { recursive: true });
const [packed, unpacked] = [size, unpackedSize].map((bytes) => `${Math.round(bytes / 1000)} kB`);
console.log(`${tarball}: ${entryCount} files, ${packed}, unpacked ${unpacked}`);
