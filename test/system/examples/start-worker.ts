import { Miniflare } from "miniflare";
import { readFile } from "node:fs/promises";
import { bundle } from "./bundle.ts";
import type { RunningExample } from "./running-example.ts";

const ENTRY = `
import worker from "example";
export default { fetch(request, env, context) { requests++; return worker.fetch(request, env, context); } };
`;

/** Starts a Worker in workerd, under the settings of the wrangler.json in its folder. */
export async function startWorker(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningExample> {
  const { main, compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags = [] } = JSON
    .parse(await readFile(`${folder}/wrangler.json`, "utf8"));
  const miniflare = new Miniflare({
    modules: true,
    script: await bundle(ENTRY, `${folder}/${main}`, { format: "esm", condition: "workerd" }),
    compatibilityDate,
    compatibilityFlags,
    bindings: env,
    cf: false,
    telemetry: { enabled: false },
  });
  async function themeOf(user: string): Promise<string> {
    const response = await miniflare.dispatchFetch(`http://worker/?user=${user}`);
    return await response.text();
  }
  return {
    themeOf,
    // What goes on behind the last response sends the events.
    stop: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}
