/** Carries a written intent out, from wherever an earlier attempt left it: destroy, read back, certify. Every line may be run again. */
import type { CertificateId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import type { DispositionTerms } from '../policies/disposition-terms.ts';
import { certify, countCodes } from './certify.ts';
import type { EraseNextChunkResult, GateTools } from './contracts.ts';
import { destroyObjects } from './destroy-objects.ts';
import { destroyRows } from './destroy-rows.ts';
import { type FoundVersions, findVersions } from './find-versions.ts';
import { type Intent, type IntentItems, readIntentItems } from './intents.ts';
import { readBackObjects, readBackRows } from './read-back.ts';

/** A written intent and the terms its certificate quotes. */
export type CarryOutInput = {
  readonly intent: Intent;
  readonly terms: DispositionTerms;
  /** Where the intent was written just now: its items, and what the store was seen to hold of the whole chunk. */
  readonly fresh?: { readonly items: IntentItems; readonly found: FoundVersions };
  /** What counts as now, as time passes. */
  readonly now: () => Instant;
};

/** What the attempt proved and what failed; without a certificate nothing was proven. */
export type CarriedOut = Pick<Extract<EraseNextChunkResult, { kind: 'chunk' }>, 'gone' | 'failed'> & {
  readonly certificateId: CertificateId | undefined;
};

const onlyIf = <Key, Value>(key: Key, value: Value | undefined): readonly (readonly [Key, Value])[] =>
  value === undefined ? [] : [[key, value]];

/**
 * Destroys what the intent lists, reads back and certifies. Rejects when database or store do not answer: the intent
 * stays open and the next call goes on from it (I6, I9).
 */
export const carryOut = async (
  { store, destroyingStore, atStep }: Pick<GateTools, 'store' | 'destroyingStore' | 'atStep'>,
  connection: Database,
  { intent, terms, now, fresh }: CarryOutInput,
): Promise<CarriedOut> => {
  const { controller, recordClass } = intent;
  const { recordIds, uploadKeys } = fresh?.items ?? (await readIntentItems(connection, intent.intentId));
  const listed = fresh?.found ?? (await findVersions(store, { controller, recordClass, recordIds }));
  // The listing was made for a whole chunk; only what the ledger names is destroyed, never what was kept back beside it.
  const found = new Map(recordIds.flatMap((recordId) => onlyIf(recordId, listed.get(recordId))));
  const refused = await destroyObjects({
    store,
    destroyingStore,
    found,
    uploadKeys,
    halfway: () => atStep('objects-half-destroyed'),
  });
  await atStep('objects-destroyed');
  // A record keeps its rows as long as the store has something of it: they are how it is known.
  const withoutObjects = recordIds.filter((recordId) => !refused.has(recordId));
  const { caseFiles } = terms;
  await destroyRows(connection, { recordIds: withoutObjects, caseFiles, beforeCommit: () => atStep('rows-deleted') });
  await atStep('rows-committed');
  const rowsLeft = await readBackRows(connection, { recordIds: withoutObjects, caseFiles });
  await atStep('rows-read-back');
  const objectsLeft = await readBackObjects({
    store,
    destroyingStore,
    controller,
    recordClass,
    recordIds: withoutObjects,
    uploadKeys: uploadKeys.filter(({ recordId }) => !refused.has(recordId)),
  });
  const verifiedAt = now();
  await atStep('objects-read-back');
  const failed = new Map([
    ...rowsLeft.map((recordId) => [recordId, 'RowStillThere'] as const),
    ...objectsLeft,
    ...refused,
  ]);
  const { certificateId, gone } = await certify(connection, { intent, terms, recordIds, failed, verifiedAt, atStep });
  await atStep('certificate-committed');
  return { certificateId, gone, failed: countCodes(failed) };
};
