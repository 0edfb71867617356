/** Registered: the classes of other copies and versions of this package have the same brand. */
const BRAND = Symbol.for("@featureflip/sdk/brand/1");

/**
 * Gives a class a name that `instanceof` compares, so that it also holds for objects of another copy of this package.
 * Subclasses of a user's own are compared as usual.
 */
export function brandClass(target: abstract new (...args: never[]) => object, name: string): void {
  Object.defineProperty(target.prototype, BRAND, { value: name });
  Object.defineProperty(target, Symbol.hasInstance, {
    value(this: { readonly prototype: object }, value: unknown): boolean {
      return Object.hasOwn(this.prototype, BRAND)
        ? hasBrand(value, Reflect.get(this.prototype, BRAND) as string)
        : Function.prototype[Symbol.hasInstance].call(this as () => void, value);
    },
  });
}

/** Whether a value is an instance of a branded class, of any copy of this package. Never throws. */
export function hasBrand(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    let prototype = Object.getPrototypeOf(value) as object | null;
    while (prototype !== null) {
      if (Object.hasOwn(prototype, BRAND) && Reflect.get(prototype, BRAND) === name) return true;
      prototype = Object.getPrototypeOf(prototype) as object | null;
    }
  } catch {
    // A proxy that throws.
  }
  return false;
}
