/** Where letters take from what lies outside of the case's own tables: the frozen manifest, what was done, and which recipients were notified. */
import type { Policy } from '../../domain/policy/policy.ts';
import type { Database } from '../database/database.ts';
import { readRectified } from '../execution/rectifications.ts';
import { readManifest } from '../manifests/read-manifest.ts';
import { readRecipientLines } from '../recipients/recipient-lines.ts';
import { readErasedByCase } from '../requests/read-erased.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { LetterSources } from './letter-facts.ts';

/** The sources of letters, as the worker composes them and the API previews them. */
export const letterSources = (deps: {
  readonly db: Database;
  readonly sealing: Sealing;
  readonly policies: ReadonlyMap<string, Policy>;
}): LetterSources => ({
  readManifest: (manifestId) => readManifest(deps.db, manifestId),
  readRectified: (caseId) => readRectified(deps.db, deps.sealing, caseId),
  readErased: (caseId, timeZone) => readErasedByCase(deps.db, caseId, timeZone),
  readRecipients: (caseId) => readRecipientLines(deps, caseId),
});
