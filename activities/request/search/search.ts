/** The search of a case: walks everything a controller holds under the person's identifiers and freezes what is theirs (I8). */
import { given } from '../../../domain/given.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import type { Database } from '../../../storage/database/database.ts';
import { searchManifest } from '../../../storage/manifests/search.ts';
import type { Sealing } from '../../../storage/sealing/sealing.ts';
import type { SearchActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { keptAlive } from '../../heartbeat.ts';

/** What the search stands on; identifiers become keyed hashes before anything is asked of the database. */
export type SearchActivitiesDeps = {
  /** With the worker's login. */
  readonly db: Database;
  readonly sealing: Sealing;
  /** The policies in force, by controller. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** Records of a page; default 1000. */
  readonly pageSize?: number;
};

/** Makes the activity. Its heartbeat says how many records this attempt looked at; where the walk stands is in the database. */
export const createSearchActivities = ({
  db,
  sealing,
  policies,
  pageSize,
}: SearchActivitiesDeps): SearchActivities => ({
  searchSubject: ({ caseId, controller, manifestId, now }) =>
    keptAlive<{ readonly looked: number }, Awaited<ReturnType<SearchActivities['searchSubject']>>>(async (report) => {
      const policy = policies.get(controller);
      if (policy === undefined) throw new RangeError('There is no policy for the controller of this case');
      const summary = await searchManifest(
        { db, sealing, ...given({ pageSize }) },
        {
          caseId,
          controller,
          manifestId,
          searched: policy.recordClasses.map(({ id }) => id),
          now,
          onProgress: (looked) => report({ looked }),
        },
      );
      if (summary === undefined) throw failureOf('case-unknown');
      return summary;
    }),
});
