/**
 * `npx tsx -C source test/system/docs/configuration-tables.ts`: writes the tables of docs/configuration.md from the code: names and
 * types from the interfaces, words from their docstrings, defaults and bounds from what the code does. With `--check` it
 * writes nothing, and fails where the page says something else.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import ts from "typescript";
import type { FeatureflipOptions } from "../../../src/client/options.ts";
import { resolveOptions } from "../../../src/client/resolve-options.ts";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { resolveApiOptions } from "../../../src/server/api/options.ts";
import { resolveOfrepOptions } from "../../../src/server/ofrep/options.ts";
import { resolveRelayOptions } from "../../../src/server/relay/options.ts";

const PAGE = "docs/configuration.md";
const noEnv = { env: (): undefined => undefined, name: "" };
const code = (text: string): string => `\`${text}\``;

/** A table of the page stands between two comments, of which the first names the interface and its file. */
const TABLE = /(<!-- (\w+): (\S+) -->\n\n).*?(<!-- end -->)/gs;

type Property = Readonly<Record<"name" | "type" | "text", string> & { isRequired: boolean }>;

/** The modes in which an option has an effect. */
const MODES = {
  sdkKey: "all but offline",
  baseUrl: "all but offline",
  connectTimeout: "all but offline",
  readTimeout: "all but offline",
  initTimeout: "all but lazy, which waits 3,000",
  streaming: "auto",
  mode: "",
  pollInterval: "streaming, polling",
  pollAfterFailures: "streaming",
  maxAge: "lazy",
  maxStale: "lazy",
  bootstrap: "all",
  store: "all but offline",
  sendEvents: "all but offline",
  eventsUrl: "all but offline",
  flushInterval: "all but offline",
  flushBatchSize: "all but offline",
  evaluationEvents: "all but offline",
  privateAttributes: "all but offline",
  defaultContext: "all",
  inspectors: "all",
  waitUntil: "all but offline",
  fetch: "all but offline",
  logger: "all",
} satisfies Readonly<Record<keyof FeatureflipOptions, string>>;

/** Defaults that are not values in the code. */
const DEFAULTS: Readonly<Record<string, string>> = {
  sdkKey: "`FEATUREFLIP_SDK_KEY`",
  eventsUrl: "`baseUrl`",
  waitUntil: "found on Vercel",
  fetch: "the runtime's",
  logger: "the console",
};

const page = readFileSync(PAGE, "utf8");
const renewed = page.replaceAll(TABLE, (_, before: string, name: string, path: string, after: string) => {
  return `${before}${tableOf(name, propertiesOf(name, path))}\n${after}`;
});
const formatted = execFileSync("deno", ["fmt", "--ext=md", "-"], { input: renewed, encoding: "utf8" });
if (!process.argv.includes("--check")) writeFileSync(PAGE, formatted);
else if (formatted !== page) {
  console.error(
    `${PAGE} differs from the code: run npx tsx -C source test/system/docs/configuration-tables.ts`,
  );
  process.exitCode = 1;
}

function tableOf(name: string, properties: readonly Property[]): string {
  if (name === "FeatureflipOptions") return clientTable(properties);
  if (name === "EvaluationApiOptions") {
    expectDefaults(properties, { ...resolveApiOptions({ environment: { flags: [] }, sdkKeys: ["k"] }) });
  }
  if (name === "RelayOptions") {
    expectDefaults(properties, {
      ...resolveRelayOptions({ upstream: { sdkKey: "k" }, sdkKeys: ["k"] }, noEnv),
    });
  }
  if (name === "OfrepOptions") expectDefaults(properties, { ...resolveOfrepOptions({ public: true }) });
  const rows = properties.map(({ name, type, text, isRequired }) => {
    return [`\`${name}\`${isRequired ? ", required" : ""}`, code(type), text];
  });
  return format([["option", "type", ""], ...rows]);
}

/** Defaults and allowed values come from what the code does with options. */
function clientTable(properties: readonly Property[]): string {
  const { core, handle } = resolveOptions({ sdkKey: "sdk-key" }, noEnv);
  const streaming = core.mode !== "polling";
  const defaults: Readonly<Record<string, unknown>> = { ...core, ...handle, streaming };
  expectDefaults(properties, defaults);
  const rows = properties.map(({ name, type, text }) => [
    `\`${name}\``,
    code(type),
    DEFAULTS[name] ?? defaultText(defaults[name]),
    allowedIn(name).replaceAll(/"\w+"/g, "`$&`"),
    MODES[name as keyof FeatureflipOptions],
    withoutDefault(text),
  ]);
  return format([["option", "type", "default", "allowed", "counts in", ""], ...rows]);
}

/** What is allowed, from the message about a value that is not. */
function allowedIn(name: string): string {
  try {
    resolveOptions({ sdkKey: "sdk-key", [name]: Symbol(name) }, noEnv);
  } catch (error) {
    if (error instanceof ConfigurationError && error.option === name) {
      return /must be (.+?)(?:, but is a symbol)?$/.exec(error.message)![1]!;
    }
  }
  throw new Error(`Cannot find the allowed values of option '${name}': it accepts a symbol`);
}

/** Docstrings become part of the page, so they must have the default of the code. */
function expectDefaults(properties: readonly Property[], defaults: Readonly<Record<string, unknown>>): void {
  for (const { name, text } of properties) {
    const value = defaults[name];
    if (typeof value === "number" && !text.includes(numberText(value))) {
      throw new Error(`The docstring of option '${name}' must contain its default, ${numberText(value)}`);
    }
  }
}

function defaultText(value: unknown): string {
  if (typeof value === "number") return numberText(value);
  if (value === undefined || Array.isArray(value)) return "none";
  return code(JSON.stringify(value));
}

function numberText(value: number): string {
  const mebibytes = value / 2 ** 20;
  return Number.isInteger(mebibytes) ? `${mebibytes} MiB` : value.toLocaleString("en-US");
}

/** The default has its own column. */
function withoutDefault(text: string): string {
  const sentences = text.split(/(?<=\.) (?=[A-Z])/).map((sentence) => {
    const [first = "", ...others] = sentence.replace(/\.$/, "").split("; ");
    const kept = [first, ...others].filter((part) => !/\bby default\b/.test(part));
    return kept.length === 0 ? "" : `${kept.join("; ")}.`;
  });
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function propertiesOf(name: string, path: string): Property[] {
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const found = file.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (found === undefined) throw new Error(`${path} has no interface ${name}`);
  return (found as ts.InterfaceDeclaration).members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    type: typeText(member.type!),
    isRequired: member.questionToken === undefined,
    text: ts.getJSDocCommentsAndTags(member).map(({ comment }) => ts.getTextOfJSDocComment(comment)).join(" ")
      .replaceAll(/\s+/g, " "),
  }));
}

/** The source text without `undefined`, and without a function's result if it has several lines. */
function typeText(type: ts.TypeNode): string {
  if (ts.isUnionTypeNode(type)) {
    return type.types.filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword).map(typeText).join(" | ");
  }
  if (ts.isParenthesizedTypeNode(type)) {
    const text = typeText(type.type);
    return text.includes(" | ") ? `(${text})` : text;
  }
  if (!ts.isFunctionTypeNode(type)) return type.getText();
  const names = type.parameters.map(({ name, dotDotDotToken }) =>
    (dotDotDotToken ? "..." : "") + name.getText()
  );
  const result = type.type.getText();
  return `(${names.join(", ")}) => ${result.includes("\n") ? "…" : result}`;
}

function format([head = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) =>
    cells.map((cell) => cell.replaceAll("|", "\\|"))
  );
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
