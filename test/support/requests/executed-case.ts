/** A case whose decision is carried out: who asks, when it was received, decided and carried out, and what the records say afterwards. */
import type { RecordId } from '../../../domain/ids.ts';
import type { RightKey } from '../../../domain/request/course/rights.ts';
import { instant } from '../../../domain/time/instant.ts';
import { readContent } from '../../../storage/reading/read-content.ts';
import { inps, type TestRecord } from '../records.ts';
import type { ExecutionWorld } from './decided-case.ts';
import type { Identifier } from './stored-cases.ts';

export const received = instant('2026-10-05T09:00:00Z');
export const decidedAt = instant('2026-10-20T09:00:00Z');
export const executedAt = instant('2026-10-21T09:00:00Z');

let people = 0;
/** A person nobody else is. */
export const somebody = (): Identifier => {
  people += 1;
  return { kind: 'controller-subject-id', value: `E-${people}` };
};

/** The only record of those handed in. */
export const one = async (records: Promise<readonly TestRecord[]>): Promise<TestRecord> => {
  const [record] = await records;
  if (record === undefined) throw new Error('Nothing was handed in');
  return record;
};

/** A case that has been searched. */
export const openCase = async (world: ExecutionWorld, right: RightKey, who: Identifier, controller = inps) => {
  const caseId = await world.open({ controller, rights: [right], identifiers: [who], now: received });
  await world.search(caseId, received);
  return caseId;
};

/** The suspensions that a case's rights have placed. */
export const suspensionsOf = ({ world }: ExecutionWorld, caseId: string) =>
  world
    .database('api')
    .selectFrom('suspension')
    .select(['id', 'kind', 'state', 'legal_basis', 'reason', 'review_on', 'matter_reference'])
    .where('matter_reference', 'like', `${caseId}/%`)
    .orderBy('id')
    .execute();

/** The content of a record, restricted or not, with the statements attached to it. */
export const contentOf = ({ world }: ExecutionWorld, recordId: RecordId, controller = inps) =>
  world
    .database('api')
    .transaction()
    .execute(async (tx) => {
      const read = await readContent(
        { tx, sealing: world.sealing },
        {
          controller,
          recordId,
          reading: {
            purpose: { kind: 'legal-claims', reason: 'test' },
            by: { actor: 'test', role: 'dpo' },
            now: executedAt,
          },
        },
      );
      if (read.outcome !== 'read') throw new Error(`The reading was answered with ${read.outcome}`);
      return read;
    });
