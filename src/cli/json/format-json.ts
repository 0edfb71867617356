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
