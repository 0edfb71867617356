import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { equalJson } from "../../contract/wire.ts";
import type { WireSnapshot } from "../../contract/wire.ts";
import { formatJson } from "../json/edit-json-text.ts";
import { countFlags, loadSnapshot, SOURCE_HELP, SOURCE_OPTIONS } from "../load-snapshot.ts";
import { parseArguments } from "../parse-arguments.ts";
import { declareFlags, declareOpenFeatureKeys } from "../pull/declare-flags.ts";
import { replaceFile } from "../files.ts";
import { CliError } from "../terminal.ts";
import type { Command, Terminal } from "../terminal.ts";

const SNAPSHOT = "featureflip.snapshot.json";
const TYPES = "featureflip.flags.ts";
const OPENFEATURE = "featureflip.openfeature.d.ts";

/** The exit code of `--check` when a file is missing or out of date: an outage ends with 1. */
const DRIFT = 3;

/** `featureflip pull`. */
export const pull: Command = {
  summary: "writes a snapshot to start from, and the types of the flags",
  help: `featureflip pull

Writes a snapshot for a client's \`bootstrap\` option, and the keys and types of the flags for FeatureflipClient<Flags>:

    import type { Flags } from "./${TYPES}";
    import bootstrap from "./${SNAPSHOT}" with { type: "json" };
    const client = new FeatureflipClient<Flags>({ bootstrap });

  --out FOLDER     the folder of the files; the current one by default
  --snapshot NAME  the name of the snapshot; ${SNAPSHOT} by default
  --types NAME     the name of the declaration; ${TYPES} by default
  --types-only     do not write the snapshot
  --openfeature    write ${OPENFEATURE} too, the keys for OpenFeature's SDKs
  --check          write nothing; end with 3 when a file is missing or out of date
${SOURCE_HELP}

Exit codes: 0 done or up to date, 1 failed (the service did not answer), 2 wrong command line, 3 out of date (--check).`,
  run,
};

async function run(args: readonly string[], terminal: Terminal): Promise<void> {
  const { values } = parseArguments(args, {
    ...SOURCE_OPTIONS,
    out: { type: "string", default: "." },
    snapshot: { type: "string", default: SNAPSHOT },
    types: { type: "string", default: TYPES },
    "types-only": { type: "boolean", default: false },
    openfeature: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  }, 0);
  const { snapshot, from } = await loadSnapshot(values, terminal);
  const files = [{
    path: join(values.out, values.types),
    text: declareFlags(snapshot),
    isEqual: isEqualText,
  }];
  if (!values["types-only"]) {
    const path = join(values.out, values.snapshot);
    files.unshift({ path, text: `${formatJson(snapshot)}\n`, isEqual: isEqualSnapshot });
  }
  if (values.openfeature) {
    const path = join(values.out, OPENFEATURE);
    files.push({ path, text: declareOpenFeatureKeys(snapshot), isEqual: isEqualText });
  }
  const names = files.map(({ path }) => path).join(", ").replace(/, (?=[^,]*$)/, " and ");
  if (values.check) {
    for (const { path, text, isEqual } of files) {
      const found = await readFile(path, "utf8").catch(() => undefined);
      if (found === undefined) {
        throw new CliError(`${path} does not exist yet: run \`npx @featureflip/sdk pull\``, DRIFT);
      }
      if (!isEqual(found, text)) {
        throw new CliError(`${path} is out of date: run \`npx @featureflip/sdk pull\``, DRIFT);
      }
    }
    return terminal.print(`${names} ${files.length === 1 ? "is" : "are"} up to date with ${from}`);
  }
  for (const { path, text } of files) {
    await replaceFile(path, text);
  }
  terminal.print(`Wrote ${names}: ${countFlags(snapshot.flags.length)} from ${from}`);
}

/** Git may have changed the line endings. */
function isEqualText(a: string, b: string): boolean {
  return a.replaceAll("\r\n", "\n") === b.replaceAll("\r\n", "\n");
}

/** The service lists flags and segments in any order. */
function isEqualSnapshot(a: string, b: string): boolean {
  try {
    return equalJson(inOrder(JSON.parse(a)), inOrder(JSON.parse(b)));
  } catch {
    return false;
  }
}

function inOrder(snapshot: WireSnapshot): WireSnapshot {
  const byKey = (a: { readonly key: string }, b: { readonly key: string }): number =>
    a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  return {
    ...snapshot,
    flags: snapshot.flags.toSorted(byKey),
    segments: (snapshot.segments ?? []).toSorted(byKey),
  };
}
