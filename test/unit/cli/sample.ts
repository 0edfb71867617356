import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SAMPLE_ENVIRONMENT } from "../../../src/cli/dev/sample-environment.ts";
import { makeFolder, removeFolder } from "./temporary-folder.ts";

/** A temporary folder with a flag file. */
export interface Sample {
  readonly folder: string;
  readonly file: string;
  remove(): Promise<void>;
}

/** Creates a folder whose flag file is the one that `featureflip dev` creates. */
export async function createSample(): Promise<Sample> {
  const folder = await makeFolder();
  const file = join(folder, "flags.json");
  await writeFile(file, SAMPLE_ENVIRONMENT);
  return { folder, file, remove: () => removeFolder(folder) };
}
