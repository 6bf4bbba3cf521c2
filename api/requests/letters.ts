/**
 * The files of letters: the PDF, ready to be printed or signed; a preview before anything happens; the signed file taken back; and
 * receipts of certified mail, which prove a delivery.
 */
import { PassThrough } from 'node:stream';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { v7 as uuidV7 } from 'uuid';
import { localDateAt } from '../../domain/calendar.ts';
import { readReceipt } from '../../domain/certified-mail/receipt.ts';
import { composeLetter } from '../../domain/letter-content/compose-letter.ts';
import { LetterIncompleteError } from '../../domain/letter-content/composition-facts.ts';
import { controllerClock, rulesOf } from '../../domain/rights-request/controller-clock.ts';
import { letterOfMessageId } from '../../domain/rights-request/delivery.ts';
import { refusals } from '../../domain/rights-request/refusals.ts';
import { commandKinds } from '../../domain/rights-request/transitions.ts';
import { createFontLibrary, type FontLibrary } from '../../letters/document/font-library.ts';
import { previewNumber, renderPreview } from '../../letters/render-letter.ts';
import { checkReturnedFile, returnedFileFaults } from '../../letters/signature/returned-file.ts';
import {
  finalLetterFile,
  listLetterFiles,
  registeredHash,
  storeHandedInFile,
  wholeLetterFile,
} from '../../storage/letter-files/files.ts';
import { gatherLetterFacts } from '../../storage/rights-requests/letter-facts.ts';
import { letterSources } from '../../storage/rights-requests/letter-sources.ts';
import { readHistory, readPerson, readWords } from '../../storage/rights-requests/read-cases.ts';
import { guarded } from '../authorisation.ts';
import { mediaTypeOf, readBody, readJson } from '../bodies.ts';
import { type ApiDeps, type ApiEnv, callerOf, policyOf } from '../context.ts';
import { schemaFaults } from '../field-faults.ts';
import { refusal } from '../problems.ts';
import { problemsOf, travelHeaders } from '../schemas.ts';
import { commandBody, type ParsedCommand } from './command-bodies.ts';
import {
  auditCase,
  fileHeaders,
  letterFileResponse,
  letterInPath,
  letterParameters,
  streamed,
} from './letter-in-path.ts';
import { type PreviewedCase, previewCommand, previewSilence } from './preview-case.ts';
import { caseInPath, caseParameters } from './read.ts';
import { sendCommand } from './send-command.ts';

/** A letter with a thousand pages is well below; base64 and a provider's envelope included. */
const largestFile = 64 * 1024 * 1024;

const pdf = { 'application/pdf': { schema: { type: 'string', format: 'binary' } } } as const;
const anyBody = { schema: { type: 'string', format: 'binary' } } as const;

const previewBody = z
  .union([
    z.strictObject({ command: z.enum(commandKinds as [string, ...string[]]), body: z.unknown() }),
    z.strictObject({ letter: z.literal('closed-unidentified') }),
  ])
  .openapi('LetterPreview', {
    description: 'The command that would order the letter, as it would be sent; or the letter that no command orders',
  });

const fileSchema = z.object({
  form: z.enum(['rendered', 'signed', 'receipt']),
  detail: z.string().optional(),
  mediaType: z.string(),
  size: z.int(),
  sha256: z.string(),
});

const parseCommand = (command: string, body: unknown): ParsedCommand => {
  const kind = commandKinds.find((known) => known === command);
  if (kind === undefined) throw refusal('command-unknown', { detail: `Use one of ${commandKinds.join(', ')}.` });
  const parsed = commandBody(kind).safeParse(body);
  if (parsed.success) return parsed.data;
  throw refusal('invalid-command', { detail: 'Some fields are not as described.', errors: schemaFaults(parsed.error) });
};

export const requestLetterRoutes = (deps: ApiDeps) => {
  const clock = controllerClock(deps.policies);
  const { database: db, sealing } = deps;
  const sources = letterSources({ db, sealing, policies: deps.policies });
  let library: FontLibrary | undefined;
  const app = new OpenAPIHono<ApiEnv>();
  app.openAPIRegistry.register('LetterPreview', previewBody);
  return app
    .openapi(
      createRoute({
        ...guarded(deps, 'readLetterFile'),
        tags: ['Rights requests'],
        summary: 'The PDF of a letter, as it leaves or left',
        description:
          'PDF/A-3a and PDF/UA-1, A4, the address in the window of a C6/5 envelope. `form=rendered` is the file to be signed elsewhere or printed; without it, the signed file comes where there is one.',
        request: {
          params: letterParameters,
          query: z.object({ form: z.enum(['final', 'rendered']).default('final') }),
          headers: travelHeaders,
        },
        responses: {
          200: { description: 'Its bytes', content: pdf },
          ...problemsOf('controller', 'request-unknown', 'letter-unknown', 'letter-not-rendered'),
        },
      }),
      async (c) => {
        const { caseId, letterId } = c.req.valid('param');
        const { form } = c.req.valid('query');
        await letterInPath(deps, c, { caseId, letterId });
        const file =
          form === 'final'
            ? await finalLetterFile(db, letterId)
            : (await listLetterFiles(db, letterId)).find((one) => one.form === 'rendered');
        if (file === undefined) throw refusal('letter-not-rendered', { detail: 'The letter has no file yet.' });
        await auditCase(deps, c, {
          action: 'case-letter-read',
          caseId,
          why: 'file',
          detail: { letterId, fileId: file.fileId },
        });
        return letterFileResponse(deps, c, file);
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'listLetterFiles'),
        tags: ['Rights requests'],
        summary: "A letter's files, its hash in the protocol register, and how its sendings ended",
        request: { params: letterParameters, headers: travelHeaders },
        responses: {
          200: {
            description: 'All of them',
            content: {
              'application/json': {
                schema: z
                  .object({
                    registeredSha256: z.string().optional(),
                    files: z.array(fileSchema),
                    releases: z.array(
                      z.object({ releaseId: z.string(), channel: z.string(), state: z.string(), attempts: z.int() }),
                    ),
                  })
                  .openapi('LetterFiles'),
              },
            },
          },
          ...problemsOf('controller', 'request-unknown', 'letter-unknown'),
        },
      }),
      async (c) => {
        const { caseId, letterId } = c.req.valid('param');
        await letterInPath(deps, c, { caseId, letterId });
        const files = await listLetterFiles(db, letterId);
        const registeredSha256 = await registeredHash(db, letterId);
        const releases = await db
          .selectFrom('letter_delivery')
          .select(['release_id', 'channel', 'state', 'attempts'])
          .where('letter_id', '=', letterId)
          .orderBy('begun_at')
          .execute();
        await auditCase(deps, c, { action: 'case-letter-read', caseId, why: 'files', detail: { letterId } });
        return c.json(
          {
            ...(registeredSha256 === undefined ? {} : { registeredSha256 }),
            files: files.map(({ form, detail, mediaType, size, sha256 }) => ({
              form,
              ...(detail === undefined ? {} : { detail }),
              mediaType,
              size,
              sha256: sha256.toString('hex'),
            })),
            releases: releases.map(({ release_id, channel, state, attempts }) => ({
              releaseId: release_id,
              channel,
              state,
              attempts,
            })),
          },
          200,
        );
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'previewLetter'),
        tags: ['Rights requests'],
        summary: 'See a letter before it exists',
        description:
          'The PDF that a command would bring about, marked ANTEPRIMA / BOZZA on every page. Takes no protocol number and writes nothing into the case. A decision is followed to its letter, so that it can be read before it is final.',
        request: {
          params: caseParameters,
          headers: travelHeaders,
          body: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/LetterPreview' } } },
          },
        },
        responses: {
          200: { description: 'The preview', content: pdf },
          ...problemsOf(
            'controller',
            'request-unknown',
            'command-unknown',
            'invalid-command',
            'command-orders-no-letter',
            'letter-incomplete',
            'malformed-json',
            'media-type-unsupported',
            ...Object.keys(refusals).filter((code): code is keyof typeof refusals => Object.hasOwn(refusals, code)),
          ),
        },
      }),
      async (c) => {
        const { caseId } = c.req.valid('param');
        const policy = policyOf(c);
        const { state } = await caseInPath(deps, c, caseId);
        const wanted = await readJson(c, { schema: previewBody, limit: 4 * 1024 * 1024, code: 'invalid-command' });
        const [history, stored, person] = await Promise.all([
          readHistory(db, caseId),
          readWords(db, sealing, caseId),
          readPerson(db, sealing, caseId),
        ]);
        if (person === undefined) throw refusal('request-unknown', { detail: 'There is no such rights request.' });
        const letterId = uuidV7();
        const now = c.get('now');
        const input = { state, history, rules: rulesOf(policy), clock, letterId, actor: callerOf(c).actor, now };
        const words = new Map(stored);
        let previewed: PreviewedCase;
        if ('letter' in wanted) previewed = previewSilence(input);
        else {
          const parsed = parseCommand(wanted.command, wanted.body);
          words.set(letterId, parsed.words);
          previewed = previewCommand(input, parsed);
        }
        if (previewed.kind === 'refused') {
          const { code, detail } = previewed.refusal;
          throw refusal(code, { detail: detail ?? refusals[code].title });
        }
        if (previewed.kind === 'no-letter')
          throw refusal('command-orders-no-letter', { detail: 'This command writes no letter in this state.' });
        const { facts, question } = await gatherLetterFacts(
          { db, clock, sources },
          { state: previewed.state, history: previewed.history, policy, person, words, letterId, now },
        );
        try {
          const protocol = { number: previewNumber, date: localDateAt(now, policy.timeZone) };
          const content = composeLetter({ ...facts, protocol }, letterId, question);
          await auditCase(deps, c, { action: 'case-letter-previewed', caseId, why: content.kind, detail: {} });
          const target = new PassThrough();
          library ??= createFontLibrary();
          // What fails on the way destroys the target, and with it the answer's body.
          renderPreview({ library }, { content, policy, writtenAt: now }, target).catch(() => undefined);
          return new Response(streamed(deps, c, target), {
            status: 200,
            headers: fileHeaders('application/pdf', 'anteprima.pdf'),
          });
        } catch (error) {
          // Names the element that is missing, never a value.
          if (error instanceof LetterIncompleteError) throw refusal('letter-incomplete', { detail: error.message });
          throw error;
        }
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'addSignedLetter'),
        tags: ['Rights requests'],
        summary: 'Hand back a letter that was signed elsewhere',
        description:
          'PAdES (the letter with a signature added) or CAdES (.p7m around the letter). Refused where it is another document, or where anything but a signature was added. Its hash takes the place of the letter in the protocol register.',
        request: {
          params: letterParameters,
          headers: travelHeaders,
          body: { required: true, content: { 'application/pdf': anyBody, 'application/pkcs7-mime': anyBody } },
        },
        responses: {
          201: { description: 'Taken back', content: { 'application/json': { schema: fileSchema } } },
          ...problemsOf(
            'controller',
            'request-unknown',
            'letter-unknown',
            'letter-not-rendered',
            'letter-left-already',
            'signed-file-refused',
            'body-too-large',
          ),
        },
      }),
      async (c) => {
        const { caseId, letterId } = c.req.valid('param');
        const { state, letter } = await letterInPath(deps, c, { caseId, letterId });
        const left = letter.dispatch?.state === 'released' || letter.dispatch?.state === 'sent';
        if (left || letter.state === 'delivered')
          throw refusal('letter-left-already', { detail: 'The letter has been sent or delivered as it is.' });
        const original = (await listLetterFiles(db, letterId)).find(({ form }) => form === 'rendered');
        if (original === undefined) throw refusal('letter-not-rendered', { detail: 'The letter has no file yet.' });
        const bytes = await readBody(c, largestFile);
        const checked = await checkReturnedFile(await wholeLetterFile({ db, sealing }, original), bytes);
        if (checked.kind === 'refused') {
          throw refusal('signed-file-refused', {
            detail: returnedFileFaults[checked.fault],
            more: { reason: checked.fault },
          });
        }
        const { actor, role } = callerOf(c);
        const file = await storeHandedInFile(
          { db, sealing },
          {
            caseId,
            controller: state.controller,
            letterId,
            actor: { id: actor, role },
            now: c.get('now'),
            form: 'signed',
            detail: checked.format,
            mediaType: checked.mediaType,
            bytes,
          },
        );
        const { form, mediaType, size, sha256 } = file;
        return c.json({ form, detail: checked.format, mediaType, size, sha256: sha256.toString('hex') }, 201);
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'addReceipt'),
        tags: ['Rights requests'],
        summary: 'Attach a receipt of certified mail',
        description:
          "The provider's mail (message/rfc822) or its daticert.xml. It must name this letter's message. A receipt of delivery records the delivery with its time; one of failure gives the letter back to staff. Its own signature is kept with it, not verified here.",
        request: {
          params: letterParameters,
          headers: travelHeaders,
          body: { required: true, content: { 'message/rfc822': anyBody, 'application/xml': anyBody } },
        },
        responses: {
          200: {
            description: 'Kept, and followed',
            content: {
              'application/json': {
                schema: z.object({ receipt: z.enum(['acceptance', 'delivery', 'failure']), recorded: z.boolean() }),
              },
            },
          },
          ...problemsOf(
            'controller',
            'request-unknown',
            'letter-unknown',
            'receipt-refused',
            'body-too-large',
            'temporal-unavailable',
            'delivery_date_impossible',
            'letter_not_sent',
          ),
        },
      }),
      async (c) => {
        const { caseId, letterId } = c.req.valid('param');
        const { state, letter } = await letterInPath(deps, c, { caseId, letterId });
        const bytes = await readBody(c, largestFile);
        const receipt = readReceipt(bytes);
        if (typeof receipt === 'string') {
          throw refusal('receipt-refused', {
            detail: 'This is no receipt of certified mail, or its daticert.xml cannot be read.',
            more: { reason: receipt },
          });
        }
        if (letterOfMessageId(receipt.messageId) !== letterId) {
          throw refusal('receipt-refused', {
            detail: "The receipt is about another message than this letter's.",
            more: { reason: 'other-message' },
          });
        }
        const now = c.get('now');
        const caller = callerOf(c);
        const file = await storeHandedInFile(
          { db, sealing },
          {
            caseId,
            controller: state.controller,
            letterId,
            actor: { id: caller.actor, role: caller.role },
            now,
            form: 'receipt',
            detail: receipt.kind,
            mediaType: mediaTypeOf(c) === 'message/rfc822' ? 'message/rfc822' : 'application/xml',
            bytes,
          },
        );
        const sends = letter.state === 'composed' && receipt.kind !== 'acceptance';
        if (!sends) return c.json({ receipt: receipt.kind, recorded: false }, 200);
        const parsed: ParsedCommand =
          receipt.kind === 'delivery'
            ? {
                command: { kind: 'record-delivery', letterId, deliveredAt: receipt.at, proof: 'pec-receipt' },
                words: { reference: file.fileId },
              }
            : { command: { kind: 'report-undelivered', letterId }, words: { reference: file.fileId } };
        const result = await sendCommand(deps, {
          caseId,
          policy: policyOf(c),
          caller,
          parsed,
          // The same receipt again is the same command.
          idempotencyKey: `receipt-${file.fileId}`,
          expectedRevision: undefined,
          now,
        });
        if (result.kind === 'refused') {
          const { code, detail } = result.refusal;
          throw refusal(code, { detail: detail ?? refusals[code].title });
        }
        return c.json({ receipt: receipt.kind, recorded: true }, 200);
      },
    );
};
