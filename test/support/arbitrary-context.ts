import fc from "fast-check";
import type { EvaluationContext } from "../../src/evaluation/evaluation-context.ts";
import { arbitraryText, ATTRIBUTES } from "./arbitrary-snapshot.ts";

/** A date that denies it. */
class Day extends Date {
  get [Symbol.toStringTag](): string {
    return "Day";
  }
}

/** A value that someone might give this attribute: what conditions expect, and what they do not. */
function arbitraryAttributeValue(name: string): fc.Arbitrary<unknown> {
  return fc.oneof(
    { arbitrary: arbitraryText(name), weight: 12 },
    {
      arbitrary: fc.constantFrom(0, -0, 1, 1.5, -7, 1e21, 5e-324, NaN, Infinity, -Infinity, 1704067200),
      weight: 5,
    },
    { arbitrary: fc.double(), weight: 1 },
    { arbitrary: fc.constantFrom(true, false, null, undefined), weight: 3 },
    { arbitrary: fc.date({ noInvalidDate: false }), weight: 1 },
    { arbitrary: fc.bigInt({ min: -5n, max: 5n }), weight: 1 },
    { arbitrary: fc.constantFrom(...oddities()), weight: 3 },
  );
}

function oddities(): readonly unknown[] {
  const circle: unknown[] = [];
  circle.push(circle);
  return [
    [],
    ["pro"],
    [1],
    [[1], "b"],
    circle,
    {},
    { toString: () => "pro" },
    { toString: () => 1.5 },
    { toString: () => ({}), valueOf: () => "pro" },
    {
      toString: () => {
        throw new Error("toString");
      },
    },
    { [Symbol.toPrimitive]: () => "free" },
    Object.create(null),
    Object.create(Date.prototype),
    Symbol("pro"),
    Symbol.iterator,
    new Date(1704067200000),
    new Date(NaN),
    new Day(0),
    new String("pro"),
    new Number(1),
    new Boolean(false),
    new Map([["plan", "pro"]]),
    /pro/,
    () => "pro",
    class Plan {},
    new Proxy([], {
      get() {
        throw new Error("a proxy's trap");
      },
    }),
    new Proxy(new Date(0), {}),
  ];
}

/** A context, held apart from the framework: printing it may throw. */
export interface ContextSample {
  readonly context: EvaluationContext;
}

/** A context of the names that conditions ask for, in one of many guises. */
export const arbitraryContext: fc.Arbitrary<ContextSample> = fc.tuple(
  fc.subarray([...ATTRIBUTES]).chain((names) =>
    fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), arbitraryAttributeValue(name))))
  ),
  fc.constantFrom<Guise>(
    plain,
    plain,
    plain,
    plain,
    withoutPrototype,
    inherited,
    behindGetters,
    behindProxy,
    throwing,
  ),
).map(([attributes, guise]) => ({
  context: guise(attributes) as EvaluationContext,
  [fc.toStringMethod]: () => `${guise.name}(${attributes.map(show).join(", ")})`,
}));

function show([name, value]: Attribute): string {
  try {
    return `${name}: ${typeof value} ${typeof value === "string" ? JSON.stringify(value) : String(value)}`;
  } catch {
    return `${name}: ${typeof value} that can't become a string`;
  }
}

type Attribute = readonly [name: string, value: unknown];
type Guise = (attributes: readonly Attribute[]) => object;

function plain(attributes: readonly Attribute[]): object {
  return Object.fromEntries(attributes);
}

function withoutPrototype(attributes: readonly Attribute[]): object {
  return Object.setPrototypeOf(plain(attributes), null);
}

/** Every second attribute is inherited, so it does not count. */
function inherited(attributes: readonly Attribute[]): object {
  const context: object = Object.create(plain(attributes.filter((_, index) => index % 2 === 1)));
  for (const [name, value] of attributes.filter((_, index) => index % 2 === 0)) {
    define(context, name, { value });
  }
  return context;
}

function behindGetters(attributes: readonly Attribute[]): object {
  const context = {};
  for (const [name, value] of attributes) define(context, name, { get: () => value });
  return context;
}

function behindProxy(attributes: readonly Attribute[]): object {
  return new Proxy(plain(attributes), {});
}

/** Every second attribute throws when it is read. */
function throwing(attributes: readonly Attribute[]): object {
  const context = {};
  for (const [index, [name, value]] of attributes.entries()) {
    const get = (): unknown => {
      if (index % 2 === 1) throw new Error(`the getter of ${name}`);
      return value;
    };
    define(context, name, { get });
  }
  return context;
}

function define(context: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(context, name, { ...descriptor, enumerable: true });
}
