/** A preview: a letter as a command would bring it about, before anything happens. */
import { PassThrough } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { v7 as uuidV7 } from 'uuid';
import { composeLetter } from '../../domain/letter/compose-letter.ts';
import { LetterIncompleteError } from '../../domain/letter/composition-facts.ts';
import { controllerClock } from '../../domain/request/clock/controller-clock.ts';
import { commandKinds } from '../../domain/request/course/commands.ts';
import { rulesOf } from '../../domain/request/decision/case-rules.ts';
import { type PreviewedCase, previewCommand, previewSilence } from '../../domain/request/decision/preview-case.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import { previewNumber, renderPreview } from '../../letters/render-letter.ts';
import { gatherLetterFacts } from '../../storage/letters/letter-facts.ts';
import { readHistory, readPerson, readWords } from '../../storage/requests/read-cases.ts';
import { addRoute } from '../access/add-route.ts';
import { binary } from '../http/answers.ts';
import { type AddRoutes, callerOf, policyOf } from '../http/context.ts';
import { schemaFaults } from '../http/field-faults.ts';
import { refusal } from '../http/problems.ts';
import type { ParsedCommand } from '../requests/body-parts.ts';
import { auditCase, caseInPath, caseParameters, commandRefusal, refusalCodes } from '../requests/case-in-path.ts';
import { commandBody } from '../requests/command-bodies.ts';
import { fileHeaders, fontsOnDemand, streamed } from './letter-in-path.ts';

const previewBody = z
  .union([
    z.strictObject({ command: z.enum(commandKinds as [string, ...string[]]), body: z.unknown() }),
    z.strictObject({ letter: z.literal('closed-unidentified') }),
  ])
  .openapi('LetterPreview', {
    description: 'The command that would order the letter, as it would be sent; or the letter that no command orders',
  });

const parseCommand = (command: string, body: unknown): ParsedCommand => {
  const kind = commandKinds.find((known) => known === command);
  if (kind === undefined) throw refusal('command-unknown', { detail: `Use one of ${commandKinds.join(', ')}.` });
  const parsed = commandBody(kind).safeParse(body);
  if (parsed.success) return parsed.data;
  throw refusal('invalid-command', { detail: 'Some fields are not as described.', errors: schemaFaults(parsed.error) });
};

/** Refused with the code with which the command itself would be refused now. */
export const letterPreviewRoute: AddRoutes = (app, deps) => {
  const { database: db, sealing } = deps;
  const clock = controllerClock(deps.policies);
  const fonts = fontsOnDemand();

  addRoute(app, deps, 'previewLetter', {
    summary: 'See a letter before it exists',
    description:
      'The PDF that a command would bring about, marked ANTEPRIMA / BOZZA on every page. Takes no protocol number and writes nothing into the case. A decision is followed to its letter, so that it can be read before it is final.',
    params: caseParameters,
    json: { name: 'LetterPreview', schema: previewBody, limit: 4 * 1024 * 1024, code: 'invalid-command' },
    answers: { 200: binary('The preview', 'application/pdf') },
    problems: ['request-unknown', 'command-unknown', 'command-orders-no-letter', 'letter-incomplete', ...refusalCodes],
  })(async (c, readBody) => {
    const { caseId } = c.req.valid('param');
    const policy = policyOf(c);
    const { state } = await caseInPath(deps, c, caseId);
    const wanted = await readBody();
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
      previewed = previewCommand(input, parsed.command);
    }
    if (previewed.kind === 'refused') throw commandRefusal(previewed.refusal);
    if (previewed.kind === 'no-letter')
      throw refusal('command-orders-no-letter', { detail: 'This command writes no letter in this state.' });
    const { facts, question } = await gatherLetterFacts(
      { db, sealing, policies: deps.policies, clock },
      { state: previewed.state, history: previewed.history, policy, person, words, letterId, now },
    );
    try {
      const protocol = { number: previewNumber, date: localDateAt(now, policy.timeZone) };
      const content = composeLetter({ ...facts, protocol }, letterId, question);
      await auditCase(deps, c, { action: 'case-letter-previewed', caseId, why: content.kind, detail: {} });
      const target = new PassThrough();
      // What fails on the way destroys the target, and with it the answer's body.
      renderPreview({ library: fonts() }, { content, policy, writtenAt: now }, target).catch(() => undefined);
      return new Response(streamed(deps, c, target), {
        status: 200,
        headers: fileHeaders('application/pdf', 'anteprima.pdf'),
      });
    } catch (error) {
      // Names the element that is missing, never a value.
      if (error instanceof LetterIncompleteError) throw refusal('letter-incomplete', { detail: error.message });
      throw error;
    }
  });
};
