import type { Reporter, TestModule } from "vitest/node";

/** Ends a vitest run with the line that every test command of this project ends with. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    // A skipped test proves nothing, so it is no success.
    console.log(`${passed} passed, ${tests.length - passed + broken} failed`);
  }
}
