/** This package's version, as the `User-Agent` names it; the gates hold it equal to package.json's. */
export const VERSION = "0.1.0";
