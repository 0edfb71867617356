import { fetch, Miniflare } from "miniflare";
import type { Request, WorkerOptions } from "miniflare";
import { readFile } from "node:fs/promises";
import { bundle } from "./bundle.ts";

/** Isolates of one Worker, as Cloudflare runs them in many places: with the same namespaces, and nothing else in common. */
export interface Fleet extends AsyncDisposable {
  /** Asks one of them which theme a user gets. */
  themeOf(isolate: string, user: string): Promise<string>;
  /** Has the Cron trigger call one of them; rejects if that fails. */
  trigger(isolate: string): Promise<void>;
  /** How often one of them has asked the service for all flags. */
  fetchesOf(isolate: string): number;
}

/** As much of an isolate as the tests ask for: the types of Miniflare's own need those of workerd. */
interface Isolate {
  fetch(url: string): Promise<Response>;
  scheduled(options: { readonly cron: string }): Promise<{ readonly outcome: string }>;
}

/** As much of a wrangler.json as says what is shared. */
interface Settings {
  readonly main: string;
  readonly compatibility_date: string;
  readonly kv_namespaces?: readonly { readonly binding: string; readonly id: string }[];
  readonly durable_objects?: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
}

/**
 * Starts isolates under the settings of the wrangler.json in a Worker's folder. Durable Objects live in the first.
 *
 * @param entry What runs in each of them; it may import the example as `example`.
 */
export async function startFleet(
  folder: string,
  isolates: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  entry = `export * from "example"; export { default } from "example";`,
): Promise<Fleet> {
  const { main, compatibility_date: compatibilityDate, kv_namespaces = [], durable_objects }: Settings = JSON
    .parse(await readFile(`${folder}/wrangler.json`, "utf8"));
  const script = await bundle(entry, `${folder}/${main}`, { format: "esm", condition: "workerd" });
  const fetches = new Map(isolates.map((name) => [name, 0]));
  const workers = isolates.map((name): WorkerOptions => ({
    name,
    modules: true,
    script,
    compatibilityDate,
    bindings: env,
    kvNamespaces: Object.fromEntries(kv_namespaces.map(({ binding, id }) => [binding, id])),
    durableObjects: Object.fromEntries(
      (durable_objects?.bindings ?? []).map(({ name, class_name: className }) => [
        name,
        { className, scriptName: isolates[0], useSQLite: true },
      ]),
    ),
    outboundService(request: Request) {
      if (request.url.endsWith("/v1/sdk/flags")) fetches.set(name, (fetches.get(name) ?? 0) + 1);
      return fetch(request);
    },
  }));
  const miniflare = new Miniflare({ workers, cf: false, telemetry: { enabled: false } });
  async function find(isolate: string): Promise<Isolate> {
    return await miniflare.getWorker(isolate) as unknown as Isolate;
  }
  return {
    async themeOf(isolate, user) {
      const response = await (await find(isolate)).fetch(`http://worker/?user=${user}`);
      return await response.text();
    },
    async trigger(isolate) {
      const { outcome } = await (await find(isolate)).scheduled({ cron: "* * * * *" });
      if (outcome !== "ok") throw new Error(`The Cron trigger of ${isolate} ended with ${outcome}`);
    },
    fetchesOf: (isolate) => fetches.get(isolate) ?? 0,
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}
