/** The symbol of a brand. Registered: the classes of other copies and versions of this package have the same one. */
function brandOf(name: string): symbol {
  return Symbol.for(`@featureflip/sdk/brand/1/${name}`);
}

/**
 * Gives a class a name that `instanceof` compares, so that it also holds for objects of another copy of this package.
 * Subclasses of a user's own are compared as usual.
 */
export function brandClass(target: abstract new (...args: never[]) => object, name: string): void {
  Object.defineProperty(target.prototype, brandOf(name), { value: true });
  Object.defineProperty(target, Symbol.hasInstance, {
    value(this: () => void, value: unknown): boolean {
      return this as unknown === target
        ? hasBrand(value, name)
        : Function.prototype[Symbol.hasInstance].call(this, value);
    },
  });
}

/** Whether a value is an instance of a branded class, of any copy of this package. Never throws. */
export function hasBrand(value: unknown, name: string): boolean {
  try {
    return (value as Readonly<Record<symbol, unknown>> | null | undefined)?.[brandOf(name)] === true;
  } catch {
    return false; // a proxy that throws
  }
}
