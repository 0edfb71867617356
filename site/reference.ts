/** Writes the reference of all entries beside the site's pages. */
import { readFileSync } from "node:fs";
import { Application } from "typedoc";

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly exports: Readonly<Record<string, { readonly source?: string }>>;
};
const entryPoints = Object.values(exports).flatMap(({ source }) => source ?? []);
const app = await Application.bootstrapWithPlugins({
  options: "site/typedoc.json",
  entryPoints,
});
const project = await app.convert();
if (project === undefined) throw new Error("The sources have errors");
await app.generateOutputs(project);
if (app.logger.hasErrors()) throw new Error("The reference has errors");
