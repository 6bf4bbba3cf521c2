/** Cases that look like the same request once more: pointed out to people, never merged by Oblio. */
import { sql } from 'kysely';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';

/** Another case of the same person, as staff are shown it. */
export type LikelyDuplicate = {
  readonly caseId: string;
  readonly reference: string;
  readonly receivedAt: Instant;
  /** Rights that both exercise; empty where one of them has none recognised yet. */
  readonly rights: readonly string[];
};

/** Before and after receipt, within which another request of the same person is worth a look. */
const duplicateWindow = days(90);

/** Other cases of the same person, received within the window, that share a right or have none recognised yet. */
export const findLikelyDuplicates = async (
  db: Database | DatabaseTransaction,
  caseId: string,
  receivedAt: Instant,
): Promise<readonly LikelyDuplicate[]> => {
  const { rows } = await sql<{ id: string; reference: string; received_at: Date; shared: string[] }>`
    SELECT other.id, other.reference, other.received_at,
      ARRAY(SELECT mine.right_key FROM request_right mine JOIN request_right theirs ON theirs.right_key = mine.right_key
            WHERE mine.case_id = ${caseId} AND theirs.case_id = other.id ORDER BY 1) AS shared
    FROM request_case other
    WHERE other.id <> ${caseId}
      AND other.received_at BETWEEN ${toDate(instantPlus(receivedAt, -duplicateWindow))} AND ${toDate(instantPlus(receivedAt, duplicateWindow))}
      AND EXISTS (SELECT FROM request_subject mine JOIN request_subject theirs ON theirs.subject_key = mine.subject_key
                  WHERE mine.case_id = ${caseId} AND theirs.case_id = other.id)
    ORDER BY other.received_at, other.id LIMIT 20`.execute(db);
  const counts = await sql<{
    mine: number;
  }>`SELECT count(*)::int AS mine FROM request_right WHERE case_id = ${caseId}`.execute(db);
  const unrecognised = (counts.rows[0]?.mine ?? 0) === 0;
  return rows
    .filter(({ shared }) => unrecognised || shared.length > 0)
    .map(({ id, reference, received_at, shared }) => ({
      caseId: id,
      reference,
      receivedAt: fromDate(received_at),
      rights: shared,
    }));
};
