/**
 * A part of a flag's configuration that may decide what it comes to. The outcome is kept here, where a second set of
 * objects would double what a flag takes; JSON, comparisons and lists of properties pass over what is private.
 *
 * Classes of configuration declare their fields, which the constructor then makes: one that is defined as well is written
 * twice.
 */
export class Decision {
  #outcome: unknown = null;

  /** What the evaluation has made of it; `null` before the first time. */
  get outcome(): unknown {
    return this.#outcome;
  }

  set outcome(outcome: unknown) {
    this.#outcome = outcome;
  }
}
