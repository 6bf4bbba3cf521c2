/** A search from its beginning, or from where it was, to the frozen manifest. */
import type { ControllerId, RecordClassId } from '../../domain/ids.ts';
import type { ManifestSummary } from '../../domain/request/course/decision.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { isDatabaseFault, sqlState } from '../database/database-errors.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { freezeManifest } from './freeze.ts';
import { basisLookup } from './legal-bases.ts';
import { readManifestHead } from './read-manifest.ts';
import { readSearchTerms } from './search-terms.ts';
import { beginManifest, walkPage } from './walk.ts';

/** What a search stands on; `pageSize` is the number of records that one transaction takes. */
export type SearchDeps = {
  readonly db: Database;
  readonly sealing: Sealing;
  readonly pageSize?: number;
  /** Stops tests between two pages, or before freezing. */
  readonly atStep?: (step: 'page-taken' | 'walk-finished') => Promise<void>;
};

/** Which case is searched for, and under which manifest id. */
export type SearchInput = {
  readonly caseId: string;
  readonly controller: ControllerId;
  /** The same id goes on with the same search, and answers the same once it is frozen (I9). */
  readonly manifestId: string;
  readonly searched: readonly RecordClassId[];
  readonly now: Instant;
  /** Called after each page with how many records this call has looked at. */
  readonly onProgress: (looked: number) => void;
};

const defaultPageSize = 1000;

/** Searches, or `undefined` if there is no such case of the controller. */
export const searchManifest = async (
  { db, sealing, pageSize = defaultPageSize, atStep = () => Promise.resolve() }: SearchDeps,
  { caseId, controller, manifestId, searched, now, onProgress }: SearchInput,
): Promise<ManifestSummary | undefined> => {
  const before = await readManifestHead(db, manifestId);
  if (before?.caseId === caseId && before.summary !== undefined) return before.summary;
  const terms = await readSearchTerms(db, { caseId, controller });
  if (terms === undefined || !(await beginManifest(db, { manifestId, terms, now }))) return undefined;
  const deps = { sealing, bases: basisLookup(controller), now };
  let looked = 0;
  for (;;) {
    const step = await walkPage(db, deps, { manifestId, terms, pageSize });
    looked += step.looked;
    onProgress(looked);
    if (step.finished) break;
    await atStep('page-taken');
  }
  await atStep('walk-finished');
  try {
    return await freezeManifest(db, deps, {
      manifestId,
      terms,
      searched,
      pageSize,
      now,
      onProgress: () => onProgress(looked),
    });
  } catch (error) {
    // Two attempts at once: the one that waited sees that the other has frozen it.
    const frozen = isDatabaseFault(error, sqlState.serializationFailure)
      ? await readManifestHead(db, manifestId)
      : undefined;
    if (frozen?.summary === undefined) throw error;
    return frozen.summary;
  }
};
