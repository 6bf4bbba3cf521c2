/** Submissions that should be refused: how they are sent, what they left behind, which faults were told. */
import { sql } from 'kysely';
import { handedInAt, recordPath, submissionOf } from './submissions.ts';
import type { Api, ApiResponse } from './support.ts';

/** What a source does, and what the database holds of it. */
export const submitting = (api: Api, source: string) => ({
  /** Rows of all that a submission could leave. */
  countRows: async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`
    SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM retention_unit) + (SELECT count(*) FROM record_subject)
      + (SELECT count(*) FROM record_object) + (SELECT count(*) FROM transcript_delivery)
      + (SELECT count(*) FROM audit_entry WHERE action <> 'policy-stored') AS n`.execute(api.world.database('owner'));
    return rows[0]?.n ?? -1;
  },
  /** Hands a record in that differs from a good one. */
  put: (recordClass: string, change: Readonly<Record<string, unknown>>, sourceId = 'bad-1'): Promise<ApiResponse> => {
    const { controller, body } = submissionOf(recordClass);
    return api.call('PUT', recordPath(controller, recordClass, sourceId), {
      token: source,
      json: { ...body, ...change },
      now: handedInAt,
    });
  },
});
export type Submitting = ReturnType<typeof submitting>;

export const faultsOf = ({ body }: ApiResponse): readonly { field: string; code: string; detail: string }[] =>
  Array.isArray(body.errors) ? body.errors : [];
