import { moveOutline, OUTLINED_LEVELS, outlineJson } from "./parse-json-text.ts";
import type { JsonMember, JsonNode } from "./parse-json-text.ts";

/** A comma and a comment behind a value, on its line. */
const TRAILING = /[ \t]*,?([ \t]*(?:\/\/[^\n\r]*|\/\*[^*\n\r]*\*\/)|)/y;

/** The path of a value: names of properties and indices of items. */
export type JsonPath = readonly (string | number)[];

/**
 * Sets one value in a JSON text and keeps every other character, so that a file that people write keeps its form.
 *
 * @param text A valid JSON text.
 * @param path The path of the value; its last step may name a new property, or the index after the last item.
 * @param value The new value; JSON.
 * @throws {RangeError} when the path does not exist.
 */
export function setInJsonText(text: string, path: JsonPath, value: unknown): string {
  const root = outlineJson(text);
  const unit = unitOf(text);
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const format = (indent: string): string => formatJson(value, indent, unit).replaceAll("\n", eol);
  if (path.length === 0) return replace(text, root, format(""));
  const holder = find(root, path.slice(0, -1));
  const step = path.at(-1)!;
  const member = memberOf(holder, step);
  if (member !== undefined) {
    const edited = replace(text, member.value, format(indentAt(text, member.start)));
    if (path.length > OUTLINED_LEVELS) moveOutline(edited, member.value.end, edited.length - text.length);
    return edited;
  }
  const members = holder.members;
  const last = members?.at(-1);
  if (members === undefined || (typeof step === "number" && step !== members.length)) throw missingPath(path);

  const name = typeof step === "string" ? `${JSON.stringify(step)}: ` : "";
  if (last === undefined) {
    const outer = indentAt(text, holder.start);
    const inner = outer + unit;
    const [open, close] = [text[holder.start]!, text[holder.end - 1]!];
    return replace(
      text,
      holder,
      `${open}${eol}${inner}${name}${format(inner)}${eol}${outer}${close}`,
    );
  }
  // Like its neighbour: on a line of its own, or on the same line.
  const indent = indentAt(text, last.start);
  const isOnOwnLine = text.slice(0, last.start).endsWith(`\n${indent}`);
  const { end } = last.value;
  if (!isOnOwnLine) return `${text.slice(0, end)}, ${name}${format(indent)}${text.slice(end)}`;
  // A comment behind the neighbour stays there, and so the new line comes after it.
  TRAILING.lastIndex = end;
  const [trailing, comment = ""] = TRAILING.exec(text)!;
  return text.slice(0, end) + `,${comment}${eol}${indent}${name}${format(indent)}` +
    text.slice(end + trailing.length);
}

/**
 * Removes one property or item from a JSON text and keeps every other character.
 *
 * @throws {RangeError} when the path does not exist.
 */
export function removeFromJsonText(text: string, path: JsonPath): string {
  const holder = find(outlineJson(text), path.slice(0, -1));
  const member = path.length === 0 ? undefined : memberOf(holder, path.at(-1)!);
  if (member === undefined) throw missingPath(path);
  const members = holder.members!;
  const index = members.indexOf(member);
  const [before, after] = [members[index - 1], members[index + 1]];
  if (before !== undefined) return text.slice(0, before.value.end) + text.slice(member.value.end);
  if (after !== undefined) return text.slice(0, member.start) + text.slice(after.start);
  return text.slice(0, holder.start + 1) + text.slice(holder.end - 1);
}

function find(root: JsonNode, path: JsonPath): JsonNode {
  return path.reduce((node, step) => {
    const member = memberOf(node, step);
    if (member === undefined) throw missingPath(path);
    return member.value;
  }, root);
}

/** Of two properties with one name, the last counts, as it does for `JSON.parse`. */
function memberOf({ members = [] }: JsonNode, step: string | number): JsonMember | undefined {
  return typeof step === "string"
    ? members.findLast(({ key }) => key === step)
    : members.find(({ key }, index) => index === step && key === undefined);
}

function replace(text: string, { start, end }: JsonNode, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

/** Returns the indentation of the line at this position. */
function indentAt(text: string, place: number): string {
  const line = text.slice(text.lastIndexOf("\n", place - 1) + 1, place);
  return /^[ \t]*/.exec(line)![0];
}

/** Returns the indentation of the first indented line; two spaces without one. */
function unitOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

function missingPath(path: JsonPath): RangeError {
  return new RangeError(`No value at path ${JSON.stringify(path)}`);
}

/** The longest line; longer values are spread over several lines. */
const WIDTH = 100;

/**
 * Formats JSON as a person would write it: on one line what fits, the rest on lines of its own.
 *
 * @param value Any JSON.
 * @param indent The indentation of the line that it starts in.
 * @param unit One level of indentation.
 */
export function formatJson(value: unknown, indent = "", unit = "  "): string {
  const line = onOneLine(value);
  if (typeof value !== "object" || value === null || indent.length + line.length <= WIDTH) return line;
  const inner = indent + unit;
  const [open, items, close] = Array.isArray(value)
    ? ["[", value.map((item) => formatJson(item, inner, unit)), "]"]
    : ["{", Object.entries(value).map(([key, item]) => property(key, formatJson(item, inner, unit))), "}"];
  return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}`;
}

function onOneLine(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(", ")}]`;
  const properties = Object.entries(value).map(([key, item]) => property(key, onOneLine(item)));
  return properties.length === 0 ? "{}" : `{ ${properties.join(", ")} }`;
}

function property(key: string, value: string): string {
  return `${JSON.stringify(key)}: ${value}`;
}
