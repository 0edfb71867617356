/**
 * The type that a default value stands for: `false` asks for a `boolean`, `100` for a `number`; a default of `null` or
 * `undefined` says nothing about the flag's value.
 */
export type Widen<T> = [T] extends [null | undefined] ? unknown
  : T extends boolean ? boolean
  : T extends number ? number
  : T extends string ? string
  : T;
