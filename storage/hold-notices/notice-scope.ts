/**
 * What a notice says of a hold's scope: classes, counts and periods, never a person and never a single record. Of a hold in force what it
 * covers now; of a released one what it covered at last and is still here.
 */
import type { NoticeScope } from '../../domain/letter/compose-hold-notice.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { fromClauseRow, type KeyedScope } from '../suspensions/clause-rows.ts';
import { previewScope } from '../suspensions/preview-scope.ts';
import { readScope, type Suspension } from '../suspensions/read-suspension.ts';

/** The clauses that the release ended; those of an earlier narrowing ended before. */
const releasedScope = async (db: Database, { id, releasedAt }: Suspension): Promise<KeyedScope> => {
  const rows = await db
    .selectFrom('suspension_clause')
    .select(['record_id', 'subject_key', 'attribute_key', 'record_class', 'trigger_from', 'trigger_until'])
    .where('suspension_id', '=', id)
    .where('ended_at', '>=', new Date(releasedAt ?? 0))
    .orderBy('id')
    .execute();
  return rows.map(fromClauseRow);
};

/** Counts exactly, so it takes as long as the scope is large. */
export const readNoticeScope = async (
  db: Database,
  { hold, now }: { readonly hold: Suspension; readonly now: Instant },
): Promise<NoticeScope> => {
  const scope = hold.state === 'active' ? await readScope(db, hold.id) : await releasedScope(db, hold);
  const { classes } = await previewScope(db, { controller: hold.controller, scope, now });
  return {
    counts: classes.map(({ recordClass, records, dueNow }) => ({ recordClass, records, dueNow })),
    clauses: scope.map(({ recordClass, triggers }) => ({
      ...(recordClass === undefined ? {} : { recordClass }),
      ...(triggers === undefined ? {} : { triggers }),
    })),
  };
};
