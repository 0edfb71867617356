"use client";

/** A client component gets values, never the rules. */
export function Theme({ darkMode }) {
  return darkMode ? <p>dark</p> : <p>light</p>;
}
