import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EvaluationContext } from "../../../src/evaluation/evaluation-context.ts";
import type { Outcome } from "../../../src/evaluation/outcome.ts";
import { arbitraryContext } from "../../support/arbitrary-context.ts";
import {
  arbitraryCondition,
  arbitraryPrerequisiteGraph,
  arbitrarySnapshot,
  ATTRIBUTES,
  OPERATORS,
  PATTERNS,
  SAMPLES,
} from "../../support/arbitrary-snapshot.ts";
import { referenceEvaluate, referenceMatch } from "../../support/reference-evaluator.ts";
import type { ReferenceOutcome } from "../../support/reference-evaluator.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";
import { conditionalFlag, flagSetOf, wireSnapshot } from "../../support/wire.ts";

describe("evaluate()", () => {
  it("agrees with the contract's text on any snapshot and context (contract §3)", () => {
    fc.assert(
      fc.property(
        arbitrarySnapshot,
        fc.array(arbitraryContext, { minLength: 1, maxLength: 4 }),
        (snapshot, contexts) => {
          const flags = flagSetOf(snapshot);
          for (const { context } of contexts) {
            for (const key of [...snapshot.flags.map((flag) => flag.key), "ghost"]) {
              expect(shown(flags.evaluate(key, context))).toEqual(
                referenceEvaluate(snapshot, key, context, PATTERNS),
              );
            }
          }
        },
      ),
      { numRuns: runs(800) },
    );
  }, PROPERTY_TIMEOUT);

  it("judges single conditions as the contract's text does (contract §3.3)", () => {
    fc.assert(
      fc.property(
        arbitraryCondition,
        fc.array(arbitraryContext, { minLength: 4, maxLength: 4 }),
        (condition, contexts) => {
          const flags = flagSetOf(wireSnapshot([conditionalFlag("f", [condition])]));
          for (const { context } of contexts) {
            const outcome = flags.evaluate("f", context);
            expect(outcome?.value).toBe(referenceMatch(condition, context, PATTERNS));
          }
        },
      ),
      { numRuns: runs(2_000) },
    );
  }, PROPERTY_TIMEOUT);

  it(
    "compares each sample with each as the contract's text does, under every operator (contract §3.3)",
    () => {
      const mistakes: string[] = [];
      for (const operator of OPERATORS) {
        for (const value of operator === "MatchesRegex" ? PATTERNS.keys() : SAMPLES) {
          const condition = { attribute: "a", operator, values: [value] };
          const flags = flagSetOf(wireSnapshot([conditionalFlag("f", [condition])]));
          for (const a of [...SAMPLES, ...SAMPLES.map(Number)]) {
            const isMatch = referenceMatch(condition, { a }, PATTERNS);
            if (flags.evaluate("f", { a })?.value === isMatch) continue;
            mistakes.push(`${typeof a} ${a} ${operator} ${value} is not ${isMatch}`);
          }
        }
      }
      expect(mistakes).toEqual([]);
    },
    PROPERTY_TIMEOUT,
  );

  it("never throws, whatever it is given as a context (contract §3)", () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
      key: fc.constantFrom(...ATTRIBUTES, "toJSON", "valueOf"),
    });
    fc.assert(
      fc.property(arbitrarySnapshot, fc.oneof(anything, fc.func(anything)), (snapshot, context) => {
        const flags = flagSetOf(snapshot);
        for (const key of flags.keys()) {
          expect(shown(flags.evaluate(key, context as EvaluationContext))).toEqual(
            referenceEvaluate(snapshot, key, context, PATTERNS),
          );
        }
      }),
      { numRuns: runs(500) },
    );
  }, PROPERTY_TIMEOUT);

  it("walks any graph of prerequisites as the contract's text does (contract §3.1)", () => {
    fc.assert(
      fc.property(arbitraryPrerequisiteGraph, (snapshot) => {
        const flags = flagSetOf(snapshot);
        for (const key of flags.keys()) {
          expect(shown(flags.evaluate(key, {}))).toEqual(referenceEvaluate(snapshot, key, {}));
        }
      }),
      { numRuns: runs(1_000) },
    );
  }, PROPERTY_TIMEOUT);
});

function shown(outcome: Outcome | undefined): ReferenceOutcome {
  if (outcome === undefined) return { variation: "", value: null, reason: "FLAG_NOT_FOUND" };
  const { value = null, variationKey: variation = "", reason, ruleId, prerequisiteKey } = outcome;
  return {
    variation,
    value,
    reason,
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(prerequisiteKey === undefined ? {} : { prerequisiteKey }),
  };
}
