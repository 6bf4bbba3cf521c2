// Where the project and its local data are.

import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const projectRoot = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** The data folder of the local stack: OBLIO_DATA, else the git-ignored `.oblio`. */
export function dataFolderOf(environment: NodeJS.ProcessEnv): string {
  return environment.OBLIO_DATA ? resolve(environment.OBLIO_DATA) : join(projectRoot, '.oblio');
}

/** The description of the running stack in a data folder; there while it runs. */
export function runningFileOf(dataFolder: string): string {
  return join(dataFolder, 'running.json');
}
