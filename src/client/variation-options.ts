/** How one evaluation is counted. */
export interface VariationOptions {
  /**
   * Whether the evaluation becomes an analytics event; `true` by default for `variation` and the typed accessors, `false`
   * for `variationDetail` (contract §5).
   */
  readonly track?: boolean | undefined;
}
