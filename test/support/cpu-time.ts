import process from "node:process";

/** How long this process has been at work, in ms: what else keeps the machine busy is not in it. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
