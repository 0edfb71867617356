import type { Hono } from "hono";
import { problem } from "./problem.ts";

/** Answers 405 to every method that the routes before it did not take; `methods` gives the allowed ones by path. */
export function refuseOtherMethods(app: Hono, methods: Readonly<Record<string, string>>): void {
  for (const [path, allow] of Object.entries(methods)) {
    app.all(path, (c) => problem(405, `${c.req.method} is not allowed here`, { allow }));
  }
}
