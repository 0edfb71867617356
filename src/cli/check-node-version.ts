/** The oldest Node there is support for: `engines` of package.json. */
const OLDEST: readonly [major: number, minor: number] = [20, 19];

/** What is wrong with a version of Node, if anything. */
export function complainOfNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `featureflip needs Node ${OLDEST.join(".")} or later, and this is ${version}`;
}
