/** As much of Redis behind its REST API as a store asks for, in memory; the real one is in test/system/stores/redis.ts. */
export interface FakeRedis {
  /** Answers one command. */
  fetch(request: Request): Promise<Response>;
}

interface Entry {
  readonly value: string;
  readonly until: number;
}

/** What asks with another token is turned away. `now` is the clock of what expires. */
export function createFakeRedis(token: string, now: () => number = Date.now): FakeRedis {
  const entries = new Map<string, Entry>();

  function read(key: string): string | null {
    const entry = entries.get(key);
    return entry !== undefined && entry.until > now() ? entry.value : null;
  }

  function run([name = "", ...args]: readonly string[]): unknown {
    switch (name) {
      case "GET":
        return read(args[0] ?? "");
      case "SET": {
        const [key = "", value = "", ...rest] = args;
        if (rest.includes("NX") && read(key) !== null) return null;
        const ttl = rest.includes("PX") ? Number(rest[rest.indexOf("PX") + 1]) : Infinity;
        entries.set(key, { value, until: now() + ttl });
        return "OK";
      }
      // The store's one script: delete the key if it holds the value.
      case "EVAL": {
        const [, , key = "", value] = args;
        return read(key) === value ? Number(entries.delete(key)) : 0;
      }
      default:
        throw new Error(`ERR unknown command '${name}'`);
    }
  }

  return {
    async fetch(request) {
      if (request.headers.get("authorization") !== `Bearer ${token}`) {
        return Response.json({ error: "Unauthorized" }, { status: 401 });
      }
      try {
        return Response.json({ result: run(await request.json() as string[]) });
      } catch (error) {
        return Response.json({ error: String(error) }, { status: 400 });
      }
    },
  };
}
