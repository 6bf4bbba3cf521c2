/**
 * The custody report as JSON or CSV, streamed: memory stays flat whatever the hold covers. The digest closes the report, since it
 * is known last; the audit trail has it too.
 */

import { z } from '@hono/zod-openapi';
import { stringify } from 'csv-stringify/sync';
import { type CustodyLine, type CustodySummary, reportCustody } from '../../storage/suspensions/custody.ts';
import type { Suspension } from '../../storage/suspensions/read-suspension.ts';
import { addRoute } from '../access/add-route.ts';
import { recordEntryOf } from '../access/audit-entry.ts';
import type { AddRoutes, ApiContext, ApiDeps } from '../http/context.ts';
import { holdInPath } from './hold-commands.ts';
import { holdParameters } from './hold-schemas.ts';
import { auditRead } from './read.ts';

const query = z.object({ format: z.enum(['json', 'csv']).default('json') });

type Form = {
  readonly head: (hold: Suspension, asOf: string) => string;
  readonly lines: (lines: readonly CustodyLine[], first: boolean) => string;
  readonly tail: (summary: CustodySummary) => string;
};

const asJson: Form = {
  head: ({ id, controller, kind, matterReference, state }, asOf) =>
    `${JSON.stringify({ holdId: id, controller, kind, matterReference, state, asOf }).slice(0, -1)},"records":[`,
  lines: (lines, first) => `${first ? '' : ','}${lines.map((line) => JSON.stringify(line)).join(',')}`,
  tail: ({ records, digest }) => `],"recordCount":${records},"digest":"sha-256:${digest}"}\n`,
};

const columns = [
  'row',
  'recordId',
  'recordClass',
  'sourceId',
  'unitId',
  'triggerAt',
  'registeredAt',
  'boundAt',
  'contentDigest',
  'objects',
  'pastReturn',
  'restricted',
] as const;

const asCsv: Form = {
  head: () => stringify([columns]),
  lines: (lines) =>
    stringify(
      lines.map((line) => ({
        ...line,
        row: 'record',
        objects: JSON.stringify(line.objects),
        pastReturn: String(line.pastReturn),
        restricted: String(line.restricted),
      })),
      { columns: [...columns], escape_formulas: true },
    ),
  tail: ({ records, digest }) => stringify([['digest', `sha-256:${digest}`, `records:${records}`]]),
};

async function* streamed(deps: ApiDeps, c: ApiContext, hold: Suspension, form: Form): AsyncGenerator<Uint8Array> {
  const text = new TextEncoder();
  yield text.encode(form.head(hold, c.get('now')));
  const report = reportCustody(deps.database, hold);
  let first = true;
  let next = await report.next();
  while (next.done !== true) {
    yield text.encode(form.lines(next.value, first));
    first = false;
    next = await report.next();
  }
  const summary = next.value;
  await recordEntryOf(deps, c, {
    action: 'custody-reported',
    target: { kind: 'suspension', id: hold.id },
    why: 'custody',
    detail: { ...summary },
  });
  yield text.encode(form.tail(summary));
}

/** Each covered record with its digests, from one snapshot; the audit trail has the digest, so that a copy shown later can be checked. */
export const custodyRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'reportCustody', {
    summary: 'What a hold covers, record by record, with a digest',
    params: holdParameters,
    query,
    answers: {
      200: {
        description:
          'Every record with its digests and objects, from one snapshot. The digest is SHA-256 over the records in order, each as canonical JSON (sorted keys, no spaces) and a line feed, in both forms',
        content: {
          'application/json': { schema: z.unknown().openapi({ type: 'object' }) },
          'text/csv': { schema: z.string() },
        },
      },
    },
    problems: ['hold-unknown'],
  })(async (c) => {
    const hold = await holdInPath(deps, c, c.req.valid('param').holdId);
    await auditRead(deps, c, 'suspension-read', hold.id);
    const { format } = c.req.valid('query');
    const body = ReadableStream.from(streamed(deps, c, hold, format === 'csv' ? asCsv : asJson));
    return c.body(body, 200, {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
      'content-disposition': `attachment; filename="custody-${hold.id}.${format}"`,
    });
  });
};
