/** The script that runs inside workerd: the store that the URL names, through the contract suite. */
import { cacheStore, durableObjectStore, kvStore, SnapshotObject } from "@featureflip/sdk/cloudflare";
import type { DurableObjectNamespaceLike, KvNamespaceLike } from "@featureflip/sdk/cloudflare";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";
import type { StoreHost } from "../../../support/suites/shared-store.ts";
import { answerInOutage } from "./kv-outage-worker.ts";
import { runCases } from "./run-cases.ts";

export { SnapshotObject };

/** The same on the older kind of storage, whose values are smaller. */
export class PlainSnapshotObject extends SnapshotObject {}

interface Env {
  readonly ORIGIN: string;
  readonly FLAGS: KvNamespaceLike;
  readonly SNAPSHOTS: DurableObjectNamespaceLike;
  readonly PLAIN_SNAPSHOTS: DurableObjectNamespaceLike;
}

const HOSTS: Readonly<Record<string, (env: Env) => StoreHost>> = {
  "/kv": ({ FLAGS }) => ({ open: () => kvStore(FLAGS), abilities: ["set"] }),
  "/cache": () => ({
    open: () => cacheStore({ url: "https://worker.example/featureflip" }),
    abilities: ["set", "tryLock"],
  }),
  "/durable-object": ({ SNAPSHOTS }) => ({
    open: () => durableObjectStore(SNAPSHOTS),
    abilities: ["set", "tryLock"],
    longest: 10_000_000,
  }),
  "/durable-object-without-sqlite": ({ PLAIN_SNAPSHOTS }) => ({
    open: () => durableObjectStore(PLAIN_SNAPSHOTS),
    abilities: ["set", "tryLock"],
    longest: 10_000_000,
  }),
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const { pathname } = url;
    if (pathname === "/outage") return await answerInOutage(url, env.FLAGS, env.ORIGIN);
    if (pathname === "/read-back") {
      return new Response(await durableObjectStore(env.SNAPSHOTS).get("{0123456789abcdef}:flags"));
    }
    const host = HOSTS[pathname];
    if (host === undefined) return new Response(`There is no store ${pathname}`, { status: 404 });
    return Response.json(await runCases(sharedStoreCases(host(env))));
  },
};
