import type { WireFlag, WireSnapshot } from "../../server/mod.ts";

/** What a flag without a value to go by serves. */
const BY_TYPE: ReadonlyMap<string, string> = new Map([
  ["boolean", "boolean"],
  ["string", "string"],
  ["number", "number"],
]);

/** What editors do not show, or show elsewhere than it stands. */
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * Declares a snapshot's flags in TypeScript, for `FeatureflipClient<Flags>`: each key, and the type of its values. A string
 * flag serves one of its strings, a number any number, and JSON has the shape that its variations have in common.
 */
export function declareFlags({ flags }: Pick<WireSnapshot, "flags">): string {
  // Of two with one key, the last counts (contract §2.1).
  const byKey = new Map(flags.map((flag) => [flag.key, flag]));
  const lines = [...byKey].map(([key, flag]) => `  readonly ${literal(key)}: ${typeOfFlag(flag)};\n`);
  return `// Made by \`featureflip pull\`, which replaces it.

/** The flags, and the type of what each serves. */
export interface Flags {
${lines.join("")}}
`;
}

function typeOfFlag({ type, variations }: WireFlag): string {
  // Where `null` is served, callers get their default (contract §3.1).
  const values = variations.map(({ value }) => value).filter((value) =>
    value !== null && value !== undefined
  );
  const name = type.toLowerCase();
  if (values.length === 0) return BY_TYPE.get(name) ?? "unknown";
  return typeOf(values, name === "string", "  ");
}

/** The type of all of these. */
function typeOf(values: readonly unknown[], areLiterals: boolean, indent: string): string {
  return [...typesOf(values, areLiterals, indent)].join(" | ");
}

function typesOf(values: readonly unknown[], areLiterals: boolean, indent: string): ReadonlySet<string> {
  const types = new Set<string>();
  for (const value of values) {
    if (value === null) types.add("null");
    else if (typeof value === "string" && areLiterals) types.add(literal(value));
    else if (typeof value !== "object") types.add(typeof value);
  }
  const lists = values.filter(Array.isArray) as unknown[][];
  if (lists.length > 0) {
    const items = lists.flat(1);
    const inner = items.length === 0 ? ["unknown"] : [...typesOf(items, false, indent)];
    const item = inner.join(" | ");
    types.add(`readonly ${inner.length === 1 && !item.startsWith("readonly ") ? item : `(${item})`}[]`);
  }
  const objects = values.filter(isObject);
  if (objects.length > 0) types.add(typeOfObjects(objects, indent));
  return types;
}

function typeOfObjects(objects: readonly Readonly<Record<string, unknown>>[], indent: string): string {
  const values = new Map<string, unknown[]>();
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      const known = values.get(name);
      if (known === undefined) values.set(name, [value]);
      else known.push(value);
    }
  }
  if (values.size === 0) return "Readonly<Record<string, unknown>>";
  const inner = `${indent}  `;
  const lines = [...values].map(([name, found]) => {
    if (found.length === objects.length) {
      return `${inner}readonly ${literal(name)}: ${typeOf(found, false, inner)};\n`;
    }
    // An object that lacks `valueOf` inherits one.
    const type = name in Object.prototype ? "unknown" : typeOf(found, false, inner);
    return `${inner}readonly ${literal(name)}?: ${type};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function literal(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (unseen) => {
    return `\\u${unseen.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
