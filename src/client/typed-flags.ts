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

/** The type of a flag's default: the values of a described flag, `Default` without a description. */
export type FlagDefault<Flags, Key, Default> = IfDescribed<Flags, Flags[Key & keyof Flags], Default>;

/** The type of a flag's value: as described, or the widened type of its default. */
export type FlagValue<Flags, Key, Default> = IfDescribed<Flags, Flags[Key & keyof Flags], Widen<Default>>;

/** The values of all flags, by key; flags without a value are absent. */
export type FlagValues<Flags> = IfDescribed<Flags, Partial<Flags>, Record<string, JsonValue>>;

/** The values of a test client: of some of the described flags, or of any. */
export type TestValues<Flags> = IfDescribed<
  Flags,
  Readonly<Partial<Flags>>,
  Readonly<Record<string, unknown>>
>;

/**
 * The type that a default value implies: `boolean` for `false`, `number` for `100`, `unknown` for `null` and `undefined`.
 */
export type Widen<T> = [T] extends [null | undefined] ? unknown
  : T extends boolean ? boolean
  : T extends number ? number
  : T extends string ? string
  : T;
