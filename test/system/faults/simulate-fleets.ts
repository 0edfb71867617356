/**
 * Says how long a flip takes in fleets of several sizes while the stream is down and polls work, on one SDK key's budget:
 * `npx tsx -C source test/system/faults/simulate-fleets.ts [SIZE…]`, 100, 300 and 1,000 processes by default.
 */
import process from "node:process";
import { describeReport, simulateOutage } from "./fleet-budget.ts";

const sizes = process.argv.slice(2).map(Number);
for (const size of sizes.length > 0 ? sizes : [100, 300, 1_000]) {
  for (const failure of ["refuse", "503", "hold"] as const) {
    console.log(describeReport(await simulateOutage({ size, failure, minutes: 10 })));
  }
}
