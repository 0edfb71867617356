import type { JsonValue } from "../contract/wire.ts";

/**
 * Flags that nobody described: any key will do, and a default decides the type. Every description is one of these, so a
 * client of described flags goes wherever a client is asked for.
 */
export type AnyFlags = object;

/** One type where flags are described, another where they are not. */
export type IfDescribed<Flags, Described, Otherwise> = [keyof Flags] extends [never] ? Otherwise : Described;

/** The keys of described flags; any string where none are. */
export type FlagKey<Flags> = IfDescribed<Flags, keyof Flags & string, string>;

/** The keys of those described flags that serve values of a type; any string where none are. */
export type FlagKeyOf<Flags, Value> = IfDescribed<
  Flags,
  { [Key in keyof Flags & string]: Flags[Key] extends Value ? Key : never }[keyof Flags & string],
  string
>;

/** What fits as a flag's default: a value that it may serve where it is described, a `Default` otherwise. */
export type FlagDefault<Flags, Key, Default> = IfDescribed<Flags, Flags[Key & keyof Flags], Default>;

/** What a flag serves: what it is described to, or what its default stands for. */
export type FlagValue<Flags, Key, Default> = IfDescribed<Flags, Flags[Key & keyof Flags], Widen<Default>>;

/** The values of all flags, by key; those that would leave a caller with the default are left out. */
export type FlagValues<Flags> = IfDescribed<Flags, Partial<Flags>, Record<string, JsonValue>>;

/** The values that a test client is made with: some of the described flags', or any. */
export type TestValues<Flags> = IfDescribed<
  Flags,
  Readonly<Partial<Flags>>,
  Readonly<Record<string, unknown>>
>;

/**
 * The type that a default value stands for: `false` asks for a `boolean`, `100` for a `number`; a default of `null` or
 * `undefined` says nothing about the flag's value.
 */
export type Widen<T> = [T] extends [null | undefined] ? unknown
  : T extends boolean ? boolean
  : T extends number ? number
  : T extends string ? string
  : T;
