import { watchWork } from "../watch-work.ts";

/** Ends a watch that begins with this module: who imports it before the package sees what importing that does. */
export const stopWatching: () => readonly string[] = watchWork();
