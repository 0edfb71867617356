import { describe, expect, it } from "vitest";
import { redisStore } from "../../../../src/adapters/redis/mod.ts";
import type { RedisClient } from "../../../../src/adapters/redis/mod.ts";

/** Answers each command by its name, and writes the commands down. */
function fakeRedis(replies: Readonly<Record<string, unknown>>) {
  const commands: (readonly string[])[] = [];
  const send = (command: readonly string[]): Promise<unknown> => {
    commands.push(command);
    const reply = replies[command[0]!];
    return Promise.resolve(Array.isArray(reply) ? reply.shift() : reply);
  };
  return { commands, send };
}

describe("redisStore() (contract §8)", () => {
  it("puts its prefix before every name", async () => {
    const { commands, send } = fakeRedis({ GET: "text", SET: "OK", EVAL: 1 });
    for (const prefix of [undefined, "mine:"]) {
      const store = redisStore(send, { ...(prefix !== undefined && { prefix }) });
      expect(await store.get("{a}:flags")).toBe("text");
      await store.set!("{a}:flags", "new");
      await (await store.tryLock!("{a}:lock", 4000.5))!();
      const own = prefix ?? "featureflip:";
      const [get, set, lock, release] = commands.splice(0);
      expect([get, set]).toEqual([["GET", `${own}{a}:flags`], ["SET", `${own}{a}:flags`, "new"]]);
      expect(lock).toEqual(["SET", `${own}{a}:lock`, lock![2], "NX", "PX", "4001"]);
      expect(release!.slice(2)).toEqual(["1", `${own}{a}:lock`, lock![2]]);
    }
  });

  it("breaks a lock without an end and takes it, and honours any other", async () => {
    const broken = fakeRedis({ SET: [null, "OK"], EVAL: 1 });
    expect(await redisStore(broken.send).tryLock!("lock", 4000)).not.toBeNull();
    expect(broken.commands[1]!.slice(2)).toEqual(["1", "featureflip:lock", "60000"]);
    const held = fakeRedis({ SET: null, EVAL: 0 });
    expect(await redisStore(held.send).tryLock!("lock", 4000)).toBeNull();
    const lost = fakeRedis({ SET: [null, null], EVAL: 1 });
    expect(await redisStore(lost.send).tryLock!("lock", 4000)).toBeNull();
  });

  it("says what it found where the value is not text", async () => {
    const { send } = fakeRedis({ GET: 5 });
    await expect(redisStore(send).get("flags")).rejects.toThrow("Redis answered GET with a number");
  });

  it("sends by the way that each kind of client has", async () => {
    const calls: unknown[] = [];
    const note = (...args: unknown[]): Promise<null> => Promise.resolve((calls.push(args), null));
    const ioredis = { call: note, sendCommand: () => Promise.reject(new Error("takes something else")) };
    await redisStore(ioredis).get("flags");
    await redisStore({ sendCommand: note } as RedisClient).get("flags");
    const cluster = { sendCommand: note, nodeClient() {} } as RedisClient;
    await redisStore(cluster).get("flags");
    await redisStore(cluster).tryLock!("lock", 1000);
    const sentinel = { sendCommand: note, acquire() {} } as RedisClient;
    await redisStore(sentinel).get("flags");
    expect(calls.pop()).toEqual([false, ["GET", "featureflip:flags"]]);
    expect(calls.slice(0, 3)).toEqual([
      ["GET", "featureflip:flags"],
      [["GET", "featureflip:flags"]],
      ["featureflip:flags", false, ["GET", "featureflip:flags"]],
    ]);
    // A script's key comes third.
    const script = calls.at(-1) as [string, boolean, string[]];
    expect([script[0], script[2][0]]).toEqual(["featureflip:lock", "EVAL"]);
  });

  it.each([undefined, null, {}, "redis://localhost"])("refuses what is not a client: %j", (client) => {
    expect(() => redisStore(client as unknown as RedisClient)).toThrow(
      /^Cannot use redisStore\(\): 'client'/,
    );
  });
});
