/**
 * The changes that were announced and have to be fetched (contract §4). A fetch takes all of them, and what it did not
 * settle is merged back: an update is never lost because its fetch failed.
 */
export class PendingChanges {
  /** The highest announced version of each flag, by key. */
  readonly flags: Map<string, number> = new Map();
  /** The highest announced version of each segment, by key: only a snapshot contains them. */
  readonly segments: Map<string, number> = new Map();
  /** Whether everything has to be fetched, of whatever version. */
  includesAll = false;

  /** Whether nothing has to be fetched. */
  get isEmpty(): boolean {
    return this.flags.size + this.segments.size === 0 && !this.includesAll;
  }

  /** Adds what a fetch did not settle, of which nothing has been announced since. */
  merge({ flags, segments, includesAll }: PendingChanges): void {
    for (const [key, version] of flags) this.flags.set(key, version);
    for (const [key, version] of segments) this.segments.set(key, version);
    this.includesAll ||= includesAll;
  }
}
