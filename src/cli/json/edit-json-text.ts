import { formatJson } from "./format-json.ts";
import { parseJsonText } from "./parse-json-text.ts";
import type { JsonMember, JsonNode } from "./parse-json-text.ts";

/** The way to a value: names of properties and indices of items. */
export type JsonPath = readonly (string | number)[];

/**
 * Sets one value in a JSON text and leaves every other character as it is: a file that people write keeps its form.
 *
 * @param text A JSON text.
 * @param path The way to the value; its last step may name a new property, or the index after the last item.
 * @param value The new value; JSON.
 * @throws {RangeError} when the way leads nowhere.
 */
export function setInJsonText(text: string, path: JsonPath, value: unknown): string {
  const root = parseJsonText(text);
  const unit = unitOf(text);
  if (path.length === 0) return replace(text, root, formatJson(value, "", unit));
  const holder = find(root, path.slice(0, -1));
  const step = path.at(-1)!;
  const member = memberOf(holder, step);
  if (member !== undefined) {
    return replace(text, member.value, formatJson(value, indentAt(text, member.start), unit));
  }
  const members = holder.members;
  const last = members?.at(-1);
  if (members === undefined || (typeof step === "number" && step !== members.length)) throw nowhere(path);

  const name = typeof step === "string" ? `${JSON.stringify(step)}: ` : "";
  if (last === undefined) {
    const outer = indentAt(text, holder.start);
    const inner = outer + unit;
    const [open, close] = [text[holder.start]!, text[holder.end - 1]!];
    return replace(
      text,
      holder,
      `${open}\n${inner}${name}${formatJson(value, inner, unit)}\n${outer}${close}`,
    );
  }
  // As its neighbour stands: on a line of its own, or on one with the others.
  const indent = indentAt(text, last.start);
  const isOnOwnLine = text.slice(0, last.start).endsWith(`\n${indent}`);
  const separator = isOnOwnLine ? `,\n${indent}` : ", ";
  return text.slice(0, last.value.end) + separator + name + formatJson(value, indent, unit) +
    text.slice(last.value.end);
}

/**
 * Removes one property or item from a JSON text and leaves everything else as it is.
 *
 * @throws {RangeError} when the way leads nowhere.
 */
export function removeFromJsonText(text: string, path: JsonPath): string {
  const holder = find(parseJsonText(text), path.slice(0, -1));
  const member = path.length === 0 ? undefined : memberOf(holder, path.at(-1)!);
  if (member === undefined) throw nowhere(path);
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
    if (member === undefined) throw nowhere(path);
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

/** What the line of this place begins with. */
function indentAt(text: string, place: number): string {
  const line = text.slice(text.lastIndexOf("\n", place - 1) + 1, place);
  return /^[ \t]*/.exec(line)![0];
}

/** What the first indented line is indented with; two spaces where there is none. */
function unitOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

function nowhere(path: JsonPath): RangeError {
  return new RangeError(`There is nothing at ${JSON.stringify(path)}`);
}
