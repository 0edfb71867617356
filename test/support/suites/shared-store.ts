/** What every shared store must do (contract §8), with web APIs only, so that every host can run it. */
import type { SharedStore } from "../../../src/shared-store/shared-store.ts";
import { expectEqual, expectTrue } from "../../runtime/expect.ts";

/** The store under test. */
export interface StoreHost {
  /** Opens the store, empty at first; a second call is another process's way to the same one. */
  open(): SharedStore | Promise<SharedStore>;
  /** What the store can do beside `get`. */
  readonly abilities: readonly ("set" | "tryLock" | "watch")[];
  /** The longest text it is tried with; 2,000,000 characters by default. */
  readonly longest?: number;
  /** The least time that it can lock for, in ms; 1,000 by default, as some count in seconds. */
  readonly shortestLock?: number;
}

/** Names as a client gives them (contract §8). */
const FLAGS = "{0123456789abcdef}:flags";
const LOCK = "{0123456789abcdef}:lock";

/** One check of the suite. */
export interface StoreCase {
  readonly name: string;
  /** Rejects when the check does not hold. */
  run(): Promise<void>;
}

/** The checks that fit the store's abilities; they run in this order, each leaving its text behind. */
export function sharedStoreCases(
  { open, abilities, longest = 2_000_000, shortestLock = 1000 }: StoreHost,
): StoreCase[] {
  const cases: (StoreCase & { readonly needs?: StoreHost["abilities"][number] })[] = [
    {
      name: "the store has the abilities it says it has",
      async run() {
        const store = await open();
        for (const ability of ["set", "tryLock", "watch"] as const) {
          expectEqual(typeof store[ability] === "function", abilities.includes(ability), ability);
        }
      },
    },
    {
      name: "get() of an empty store is null",
      async run() {
        expectEqual(await (await open()).get(FLAGS), null, "text");
      },
    },
    {
      needs: "set",
      name: "get() reads what another set(), to the letter",
      async run() {
        const [one, other] = [await open(), await open()];
        for (const text of [`{"format":1}\n{"a":"ü 用户 \\u0000 😀"}`, "", "second\r\nline", "x"]) {
          await one.set!(FLAGS, text);
          await until(async () => await other.get(FLAGS) === text, `reading ${JSON.stringify(text)}`);
        }
      },
    },
    {
      needs: "set",
      name: "set() under one name changes nothing under another",
      async run() {
        const [one, other] = [await open(), await open()];
        const names = [FLAGS, "{fedcba9876543210}:flags"];
        for (const name of names) await one.set!(name, `of ${name}`);
        for (const name of names) {
          await until(async () => await other.get(name) === `of ${name}`, `reading ${name}`);
        }
      },
    },
    {
      needs: "set",
      name: "get() reads a long text whole, and a short one after it",
      async run() {
        const [one, other] = [await open(), await open()];
        for (const length of [60_000, 70_000, 131_072, longest, 10]) {
          // Cut into pieces anywhere, some piece would begin in the middle of a character.
          const text = `${length} ` + "😀".repeat(length / 2);
          await one.set!(FLAGS, text);
          await until(async () => await other.get(FLAGS) === text, `reading ${length} characters`);
        }
      },
    },
    {
      needs: "set",
      name: "get() never reads half of what is being written",
      async run() {
        const [one, other] = [await open(), await open()];
        const texts = ["a", "b"].map((letter) => letter.repeat(200_000));
        await one.set!(FLAGS, texts[0]!);
        let isWriting = true;
        const read = async (): Promise<void> => {
          while (isWriting) {
            const text = await other.get(FLAGS);
            expectTrue(text !== null && new Set(text).size === 1, "it read a mixture, or nothing");
          }
        };
        const write = async (): Promise<void> => {
          for (let round = 0; round < 10; round++) await one.set!(FLAGS, texts[round % 2]!);
          isWriting = false;
        };
        await Promise.all([read(), write()]);
      },
    },
    {
      needs: "tryLock",
      name: "tryLock() gives the lock to one, and to the next when it is given back",
      async run() {
        const [one, other] = [await open(), await open()];
        const release = await one.tryLock!(LOCK, 10_000);
        expectTrue(release !== null, "the first has no lock");
        expectEqual(await other.tryLock!(LOCK, 10_000), null, "the second's");
        await release!();
        const next = await other.tryLock!(LOCK, 10_000);
        expectTrue(next !== null, "the second has no lock after the first gave it back");
        await release!();
        expectEqual(
          await one.tryLock!(LOCK, 10_000),
          null,
          "after the first gave back what is no longer its own",
        );
        await next!();
      },
    },
    {
      needs: "tryLock",
      name: "tryLock() lets a lock expire whose holder is gone",
      async run() {
        const [one, other] = [await open(), await open()];
        const start = Date.now();
        expectTrue(await one.tryLock!(LOCK, shortestLock) !== null, "the first has no lock");
        let release: Awaited<ReturnType<NonNullable<SharedStore["tryLock"]>>> = null;
        await until(async () => (release = await other.tryLock!(LOCK, 10_000)) !== null, "expiring");
        // Asked for once at the start, it would tell nothing on a machine that is slower than the shortest lock.
        const held = Date.now() - start;
        expectTrue(held >= shortestLock, `the second has it after ${held} ms`);
        await release!();
      },
    },
    {
      needs: "tryLock",
      name: "tryLock() of one name does not take the lock of another",
      async run() {
        const [one, other] = [await open(), await open()];
        const locks = [
          await one.tryLock!(LOCK, 10_000),
          await other.tryLock!("{fedcba9876543210}:lock", 10_000),
        ];
        expectTrue(!locks.includes(null), "there is one lock for both");
        for (const release of locks) await release!();
      },
    },
    {
      needs: "watch",
      name: "watch() tells of what another set(), until it is stopped",
      async run() {
        const [one, other] = [await open(), await open()];
        let changes = 0;
        const stop = other.watch!(FLAGS, () => changes++);
        let round = 0;
        await until(async () => {
          await one.set!(FLAGS, `round ${round++}`);
          return changes > 0;
        }, "being told");
        stop();
        await sleep(50);
        const before = changes;
        await one.set!(FLAGS, "afterwards");
        await sleep(50);
        expectEqual(changes, before, "changes after stopping");
      },
    },
  ];
  return cases.filter(({ needs }) => needs === undefined || abilities.includes(needs));
}

async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  for (let round = 0; round < 1_200; round++) {
    if (await isTrue()) return;
    await sleep(50);
  }
  throw new Error(`${what}: not so after a minute`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
