/** The file that commands take when none is named. */
export const DEFAULT_FILE = "featureflip.json";
