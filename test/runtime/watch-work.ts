/** What a Worker's global scope forbids, and no import and no constructor may touch (contract §6). */
const FORBIDDEN: readonly (readonly [owner: object, name: string])[] = [
  [globalThis, "fetch"],
  [globalThis, "setTimeout"],
  [globalThis, "setInterval"],
  [globalThis, "AbortController"],
  [AbortSignal, "timeout"],
  [globalThis, "TransformStream"],
  [globalThis.crypto, "getRandomValues"],
  [globalThis.crypto, "randomUUID"],
  [Math, "random"],
];

/** Notes every use of it from now on; the function returned stops, and tells what was used. */
export function watchWork(): () => readonly string[] {
  const uses: string[] = [];
  const undo = FORBIDDEN.map(([owner, name]) => {
    const own = Reflect.getOwnPropertyDescriptor(owner, name);
    const original: object = Reflect.get(owner, name);
    const watched = new Proxy(original, {
      apply(target, self, args): unknown {
        uses.push(name);
        return Reflect.apply(target as () => unknown, self, args);
      },
      construct(target, args): object {
        uses.push(name);
        return Reflect.construct(target as new () => object, args);
      },
    });
    // Vercel's Edge runtime lets its globals be replaced, but not be made configurable.
    const isWatched = Reflect.defineProperty(owner, name, {
      value: watched,
      configurable: own?.configurable ?? true,
    });
    if (!isWatched) throw new Error(`${name} can not be watched here`);
    return (): void => {
      if (own === undefined) Reflect.deleteProperty(owner, name);
      else Reflect.defineProperty(owner, name, own);
    };
  });
  return () => {
    for (const restore of undo) restore();
    return uses;
  };
}
