import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";

/** Under a hook these name the repository that the hook belongs to, whatever the folder. */
const PLACES = { GIT_DIR: undefined, GIT_INDEX_FILE: undefined, GIT_WORK_TREE: undefined };

/**
 * Runs git in a folder and answers what it prints, without the last line break.
 *
 * @throws {Error} When git fails, with what it says.
 */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, ...PLACES };
  const { stdout } = await promisify(execFile)("git", args, { cwd: folder, env });
  return stdout.trimEnd();
}
