import type { JsonValue } from "../contract/wire.ts";

/**
 * The type of flags without a description: any key is allowed, and the default decides the type. Every description extends
 * it, so a client of described flags is assignable to a client of any flags.
 */
export type AnyFlags = object;

/** `Described` if the flags are described, `Otherwise` if they are not. */
export type IfDescribed<Flags, Described, Otherwise> = [keyof Flags] extends [never] ? Otherwise : Described;

/** The keys of described flags; any string without a description. */
export type FlagKey<Flags> = IfDescribed<Flags, keyof Flags & string, string>;

/** The keys of the described flags that serve values of a type; any string without a description. */
export type FlagKeyOf<Flags, Value> = IfDescribed<
  Flags,
  { [Key in keyof Flags & string]: Flags[Key] extends Value ? Key : never }[keyof Flags & string],
  string
>;

/**
 * Described flags, whose objects are read-only at any depth: values of flags are frozen.
 *
 * TypeScript cannot tell how this type varies with `Flags`. It compares two clients member by member then, so that one of
 * described flags is assignable to one of any flags, provided that the first member with `Flags` has a mapped type:
 * `allFlags`. Before that it would refuse the assignment.
 */
export type ReadonlyFlags<Flags> = { readonly [Key in keyof Flags]: DeepReadonly<Flags[Key]> };

/** The type of a flag's default: the values of a described flag, `Default` without a description. */
export type FlagDefault<Flags, Key, Default> = IfDescribed<
  Flags,
  ReadonlyFlags<Flags>[Key & keyof Flags],
  Default
>;

/** The type of a flag's value: as described, or the widened type of its default. Objects are read-only, since they are frozen. */
export type FlagValue<Flags, Key, Default> = IfDescribed<
  Flags,
  ReadonlyFlags<Flags>[Key & keyof Flags],
  DeepReadonly<Widen<Default>>
>;

/** The values of all flags, by key; flags without a value are absent. */
export type FlagValues<Flags> = IfDescribed<
  Flags,
  Partial<ReadonlyFlags<Flags>>,
  Record<string, JsonValue>
>;

/** The values of a test client: of some of the described flags, or of any. */
export type TestValues<Flags> = IfDescribed<
  Flags,
  Partial<ReadonlyFlags<Flags>>,
  Readonly<Record<string, unknown>>
>;

/**
 * The default of a `Key` type parameter: with an explicit type for the value, and described flags, `Key` cannot be inferred,
 * and every key is an error.
 */
export type InferredKey<Flags> = IfDescribed<Flags, never, string>;

/**
 * The type that a default value implies: `boolean` for `false`, `number` for `100`, `unknown` for `null` and `undefined`. A
 * union of strings or numbers, an enum for example, stays as it is.
 */
export type Widen<T> = [T] extends [null | undefined] ? unknown
  : [T] extends [boolean] ? boolean
  : [T] extends [number] ? (IsUnion<T> extends true ? T : number)
  : [T] extends [string] ? (IsUnion<T> extends true ? T : string)
  : T;

/** Whether a type is a union of at least two types. */
export type IsUnion<T, Whole = T> = [T] extends [never] ? false
  : T extends unknown ? ([Whole] extends [T] ? false : true)
  : never;

/** A type whose objects and arrays are read-only at any depth: values of flags are frozen. */
export type DeepReadonly<T> = [JsonValue] extends [T] ? T
  : T extends (...args: never[]) => unknown ? T
  : T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
  : T;
