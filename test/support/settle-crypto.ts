import { settle } from "./manual-scheduler.ts";

type Method = (...args: unknown[]) => Promise<unknown>;

let pending = 0;

/** Counts the calls of `crypto.subtle` that are under way: they end on other threads, when the machine likes. */
export function watchCrypto(): void {
  const prototype = Object.getPrototypeOf(crypto.subtle) as Record<string, Method>;
  if (Reflect.get(prototype, WATCHED) === true) return;
  Reflect.set(prototype, WATCHED, true);
  for (const name of ["digest", "importKey", "deriveKey", "sign", "verify"]) {
    const original = prototype[name]!;
    prototype[name] = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      pending++;
      return original.apply(this, args).finally(() => pending--);
    };
  }
}

const WATCHED = Symbol.for("featureflip.test.watched-crypto");

/** Lets every promise settle that can without time passing, those of `crypto.subtle` included. */
export async function settleWithCrypto(): Promise<void> {
  await settle();
  while (pending > 0) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await settle();
  }
}
