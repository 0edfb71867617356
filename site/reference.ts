/** Writes the reference of all entries beside the site's pages. */
import { readFileSync } from "node:fs";
import { Application } from "typedoc";

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly exports: Readonly<Record<string, { readonly source?: string }>>;
};
const entryPoints = Object.values(exports).flatMap(({ source }) => source ?? []);
const names = new Map(
  Object.entries(exports).map(([path, { source = "" }]) => [
    source.replace(/^\.\/|\.ts$/g, ""),
    `@featureflip/sdk${path.slice(1)}`,
  ]),
);
const app = await Application.bootstrapWithPlugins({
  options: "site/typedoc.json",
  entryPoints,
});
const project = await app.convert();
if (project === undefined) throw new Error("The sources have errors");
// Modules are named as they are imported, not by their files.
for (const module of project.children ?? []) {
  module.name = names.get(module.name) ?? module.name;
}
await app.generateOutputs(project);
if (app.logger.hasErrors()) throw new Error("The reference has errors");
