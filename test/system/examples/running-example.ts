/** An example that answers requests; disposing takes away what is left of it. */
export interface RunningExample extends AsyncDisposable {
  /** Asks which theme a user gets. */
  themeOf(user: string): Promise<string>;
  /** Ends it as its host would; rejects unless it ends by itself and cleanly. */
  stop(): Promise<void>;
}
