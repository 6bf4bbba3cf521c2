/**
 * `POST /controllers/{controller}/records`: many records as a stream of lines (NDJSON), answered line by line while they arrive. Each
 * batch is one transaction; others are checked and written meanwhile, and none is read before the caller takes the answers: memory
 * does not grow with the stream.
 */
import { setImmediate } from 'node:timers/promises';
import { z } from '@hono/zod-openapi';
import { describeError } from '../../storage/database/describe-error.ts';
import { addRoute } from '../access/add-route.ts';
import { bodyBytes, mediaTypeOf } from '../http/bodies.ts';
import { type AddRoutes, type ApiContext, type ApiDeps, callerOf, policyOf } from '../http/context.ts';
import { refusal, refused } from '../http/problems.ts';
import { controllerParameters, idSchema, instantSchema } from '../http/schemas.ts';
import { inBatches } from './bulk/batches.ts';
import { type CheckedLine, checkLine } from './bulk/check-line.ts';
import { inOrder, oneAtATime } from './bulk/in-order.ts';
import { type Line, linesOf } from './bulk/lines.ts';
import { type LineResult, registerBatch } from './bulk/register-batch.ts';
import { submissionLineSchema } from './submission/submission-schema.ts';
import { rememberingWindows, type WindowOf } from './submission/windows.ts';

/** As long as the body of a single record. */
const longestLine = 4 * 1024 * 1024;
/** Typed as any media type: the router's types take every name that ends in `json` for JSON. */
const ndjson: string = 'application/x-ndjson';
const batchesAtOnce = 3;
const linesAtOnce = 50;
const limits = { mostItems: 500, mostWeight: 8 * 1024 * 1024, pauseMs: 25 };

const lineResultSchema = z
  .object({
    line: z.int().openapi({
      description:
        'Number of the line in the request, from 1; absent in the last line of an answer that had to end early',
    }),
    status: z.int().openapi({ description: 'As the single route would have answered' }),
    recordId: idSchema.optional(),
    unitId: idSchema.optional(),
    boundAt: instantSchema.optional(),
    code: z.string().optional(),
    detail: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), code: z.string(), detail: z.string() })).optional(),
  })
  .openapi('LineResult');

const encoder = new TextEncoder();
const asLines = (results: readonly unknown[]): Uint8Array =>
  encoder.encode(results.map((result) => `${JSON.stringify(result)}\n`).join(''));

/** Lines are checked a few at a time: between them, what the database has answered gets its turn. */
async function* checked(
  lines: AsyncIterable<readonly Line[]>,
  check: (line: Line) => CheckedLine,
): AsyncGenerator<readonly CheckedLine[]> {
  for await (const few of lines) {
    yield few.map(check);
    await setImmediate();
  }
}

const keysOf = (lines: readonly CheckedLine[]): readonly string[] =>
  lines.flatMap((line) => ('record' in line ? [line.record.sourceKey.toString('latin1')] : []));

async function* answerLines(deps: ApiDeps, c: ApiContext, windowOf: WindowOf): AsyncGenerator<Uint8Array> {
  const [caller, policy, now, requestId] = [callerOf(c), policyOf(c), c.get('now'), c.get('requestId')];
  const { controller } = policy;
  const check = (line: Line): CheckedLine => {
    const result = checkLine(line, { policy, caller, sealing: deps.sealing, now, longestLine, windowOf });
    if ('refused' in result) deps.metrics.records.inc({ controller, record_class: 'unknown', outcome: 'refused' });
    return result;
  };
  const lines = linesOf(bodyBytes(c), { longestLine, linesAtOnce });
  const batches = inBatches(checked(lines, check), { ...limits, weigh: ({ weight }: CheckedLine) => weight });
  const inTurn = oneAtATime();
  const register = (batch: readonly CheckedLine[]): Promise<readonly LineResult[]> =>
    inTurn(keysOf(batch), async () => {
      // The caller would get no answer: a batch that has not begun when the caller hangs up is not begun.
      if (c.req.raw.signal.aborted) return [];
      return registerBatch(deps, { lines: batch, controller, caller, now, requestId });
    });
  try {
    for await (const results of inOrder(batches, register, { atOnce: batchesAtOnce })) yield asLines(results);
  } catch (error) {
    // The status line is long gone. A caller who hung up gets nothing; any other learns that the answer ends here.
    if (refused(error) !== undefined) return;
    deps.logger.error({ requestId, error: describeError(error) }, 'the bulk route broke off');
    yield asLines([{ status: 500, code: 'unexpected', detail: `See the log for urn:uuid:${requestId}.` }]);
  }
}

/** Answers each line in its place, with the problem's code where one is refused. */
export const registerRecordsRoute: AddRoutes = (app, deps) => {
  const windowOf = rememberingWindows();
  addRoute(app, deps, 'registerRecords', {
    summary: 'Hand in many records',
    description:
      'One record a line, one result a line, in the same order. Read the answer while you send: results are not kept back for callers who do not take them. Each batch is stored before it is answered; one bad line never costs the others.',
    params: controllerParameters,
    body: { required: true, content: { 'application/x-ndjson': { schema: submissionLineSchema } } },
    answers: { 200: { description: 'A result for each line', content: { [ndjson]: { schema: lineResultSchema } } } },
    problems: ['media-type-unsupported'],
  })(async (c) => {
    if (!['application/x-ndjson', 'application/ndjson', 'application/jsonl'].includes(mediaTypeOf(c))) {
      throw refusal('media-type-unsupported', { detail: 'Send the lines as application/x-ndjson.' });
    }
    return new Response(ReadableStream.from(answerLines(deps, c, windowOf)), {
      status: 200,
      headers: { 'content-type': ndjson },
    });
  });
};
