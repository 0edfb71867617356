/** The oldest supported version of Node, as in `engines` of package.json. */
const OLDEST: readonly [major: number, minor: number] = [20, 19];

/** Returns an error message for a version of Node that is too old. */
export function checkNodeVersion(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `featureflip needs Node ${OLDEST.join(".")} or later, but this is ${version}`;
}
