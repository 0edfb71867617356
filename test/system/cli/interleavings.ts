/**
 * Two `featureflip dev` on one file, while people flip, edit and kill at random moments (contract §9). `tsx
 * test/system/cli/interleavings.ts 1000` runs so many rounds over `dist/`; `npm run test:cli` runs a few.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder, removeFolder } from "../../unit/cli/temporary-folder.ts";

const COMMAND = resolve("dist/cli.js");
const TOKEN = "token-of-the-interleavings";
const SDK_KEY = "sdk-local";
const USERS = 4;

/** How long something may take that takes milliseconds, in ms: machines are busy. */
const PATIENCE = 60_000;

const random = (end: number): number => Math.floor(Math.random() * end);
const keyOf = (user: number): string => `user-${user}`;

const ENVIRONMENT = {
  flags: [...Array.from({ length: USERS }, (_, user) => keyOf(user)), "edited"].map((key) => ({
    key,
    type: "Number",
    enabled: true,
    variations: [{ key: "v", value: 0 }],
    fallthrough: { type: "Fixed", variation: "v" },
  })),
};

interface FlagFile {
  readonly flags: readonly { readonly key: string; readonly variations: { value: number }[] }[];
}

/** A server that can be killed. */
interface Server {
  readonly url: string;
  kill(): Promise<void>;
}

async function startServer(file: string): Promise<Server> {
  const args = ["dev", file, "--port", "0", "--token", TOKEN];
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const url = await new Promise<string>((found, fail) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      const address = /Page +(http:\S+)/.exec(output)?.[1];
      if (address !== undefined) found(new URL(address).origin);
    });
    void exited.then(() => fail(new Error(`The server has ended:\n${output}`)));
  });
  return {
    url,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function valuesIn({ flags }: FlagFile): Map<string, number> {
  return new Map(flags.map(({ key, variations }) => [key, variations[0]!.value]));
}

/** The flags that a server serves. */
async function served({ url }: Server): Promise<Map<string, number>> {
  const response = await fetch(`${url}/v1/sdk/flags`, { headers: { authorization: SDK_KEY } });
  return valuesIn(await response.json() as FlagFile);
}

/** What the people know about the file. */
class Scene {
  readonly file: string;
  readonly servers: Server[] = [];
  /** For each user the values that may stand in the file: that of the last answered flip, and of those without an answer. */
  readonly possible: Set<number>[] = Array.from({ length: USERS }, () => new Set([0]));
  /** The numbers of edits that are being made: what is flipped meanwhile, an edit may overwrite. */
  readonly editing = new Set<number>();
  readonly counts = { flips: 0, unanswered: 0, edits: 0, kills: 0 };
  edits = 0;
  /** How often an editor wrote in place, and how many do now. */
  inPlace = 0;
  writing = 0;

  #edits: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.file = join(folder, "featureflip.json");
  }

  async read(): Promise<FlagFile> {
    const text = await readFile(this.file, "utf8");
    try {
      const content = JSON.parse(text) as FlagFile;
      strictEqual(content.flags.length, ENVIRONMENT.flags.length);
      return content;
    } catch (error) {
      throw new Error(`The file is torn (${String(error)}): ${text}`);
    }
  }

  /** One person flips a flag, again and again, on any server. */
  async flip(user: number, value: number): Promise<void> {
    const before = this.edits;
    const wasEditing = this.editing.size > 0;
    const possible = this.possible[user]!;
    possible.add(value);
    let status: number | undefined;
    try {
      const response = await fetch(`${this.servers[random(2)]!.url}/v1/local/flags/${keyOf(user)}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ variations: [{ key: "v", value }] }),
      });
      await response.body?.cancel();
      status = response.status;
    } catch {
      // The server was killed: the flip may have been saved or not.
    }
    this.counts.flips++;
    if (status !== 200) this.counts.unanswered++;
    else if (!wasEditing && this.edits === before) {
      // Answered, and no editor wrote over it: nothing else may stand in the file.
      possible.clear();
      possible.add(value);
    }
  }

  /** An editor reads the file and saves it, as most do under another name, or in place. */
  edit(): Promise<void> {
    // One editor at a time: what two do to each other is not the servers' doing.
    return this.#edits = this.#edits.then(() => this.#edit());
  }

  async #edit(): Promise<void> {
    const number = ++this.edits;
    this.editing.add(number);
    try {
      const content = await this.read();
      content.flags.at(-1)!.variations[0]!.value = number;
      const text = JSON.stringify(content, null, 2);
      if (random(4) > 0) {
        await writeFile(`${this.file}.${number}`, text);
        await rename(`${this.file}.${number}`, this.file);
      } else {
        this.inPlace++;
        this.writing++;
        await writeFile(this.file, text);
        this.writing--;
      }
      this.counts.edits++;
    } finally {
      this.editing.delete(number);
      this.edits++;
    }
  }

  async kill(): Promise<void> {
    this.counts.kills++;
    const index = random(2);
    await this.servers[index]!.kill();
    this.servers[index] = await startServer(this.file);
  }
}

/** Reads the file all the time until it is stopped: it must never be torn, unless an editor writes it in place. */
function lookForTears(scene: Scene): () => Promise<void> {
  let isStopped = false;
  async function look(): Promise<void> {
    while (!isStopped) {
      const [before, wasWriting] = [scene.inPlace, scene.writing > 0];
      try {
        await scene.read();
      } catch (error) {
        if (!wasWriting && scene.inPlace === before) throw error;
      }
      await sleep(1);
    }
  }
  const looking = look();
  looking.catch(() => {});
  return () => {
    isStopped = true;
    return looking;
  };
}

/** Waits until both servers serve what the file says; returns how long that took, in ms. */
async function settle(scene: Scene): Promise<number> {
  const start = performance.now();
  for (;;) {
    const inFile = valuesIn(await scene.read());
    const all = await Promise.all(scene.servers.map(served));
    const duration = performance.now() - start;
    try {
      for (const values of all) deepStrictEqual(values, inFile);
      return duration;
    } catch (error) {
      if (duration > PATIENCE) throw error;
    }
    await sleep(10);
  }
}

async function round(scene: Scene, first: number): Promise<number> {
  const later = (task: () => Promise<void>): Promise<void> => sleep(random(60)).then(task);
  const stop = lookForTears(scene);
  const people = Array.from({ length: USERS }, async (_, user) => {
    for (let flip = 1; flip <= 3; flip++) await later(() => scene.flip(user, first + flip));
  });
  const edits = Array.from({ length: random(3) }, () => later(() => scene.edit()));
  const kills = random(2) === 0 ? [later(() => scene.kill())] : [];
  await Promise.all([...people, ...edits, ...kills]);
  await stop();
  const duration = await settle(scene);
  const values = valuesIn(await scene.read());
  for (const [user, possible] of scene.possible.entries()) {
    const value = values.get(keyOf(user))!;
    ok(possible.has(value), `${keyOf(user)} is ${value}, but must be ${[...possible].join(" or ")}`);
    scene.possible[user] = new Set([value]);
  }
  return duration;
}

/** Runs so many rounds; returns what happened in them. */
export async function checkInterleavings(rounds: number): Promise<string> {
  const folder = await makeFolder();
  const scene = new Scene(folder);
  await writeFile(scene.file, JSON.stringify(ENVIRONMENT, null, 2));
  try {
    for (let index = 0; index < 2; index++) scene.servers.push(await startServer(scene.file));
    const durations: number[] = [];
    for (let index = 0; index < rounds; index++) durations.push(await round(scene, 10 * index));
    for (const server of scene.servers) await server.kill();
    // A process that is killed leaves its sibling of the file behind, and nothing else.
    const left = (await readdir(folder)).filter((name) =>
      !/^(featureflip\.json|\.featureflip\.json\.\S+)$/.test(name)
    );
    deepStrictEqual(left, []);
    const { flips, unanswered, edits, kills } = scene.counts;
    durations.sort((a, b) => a - b);
    const [median, most] = [0.5, 1].map((share) => Math.round(durations[Math.ceil(share * rounds) - 1]!));
    return `${rounds} rounds, ${flips} flips (${unanswered} unanswered), ${edits} edits, ${kills} kills; ` +
      `file and servers equal after ${median} ms, at most ${most} ms`;
  } finally {
    for (const server of scene.servers) await server.kill().catch(() => {});
    await removeFolder(folder);
  }
}

if (process.argv[1] === import.meta.filename) console.log(await checkInterleavings(Number(process.argv[2])));
