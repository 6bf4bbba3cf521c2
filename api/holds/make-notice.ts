/**
 * Writes a notice to a custodian of records under a hold: that they must be preserved, and, after the release, that they need not any
 * longer. The legal team has one made for each custodian when a hold is placed, changed or released.
 */
import { Writable } from 'node:stream';
import { composeHoldNotice } from '../../domain/letter/compose-hold-notice.ts';
import type { HoldNotice } from '../../domain/letter/letter-content.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import { renderLetter } from '../../letters/render-letter.ts';
import { makeNotice, readNoticeScope, type StoredNotice } from '../../storage/hold-notices/notices.ts';
import { ownProtocolRegister } from '../../storage/letters/protocol-register.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { fontsOnDemand } from '../letters/letter-in-path.ts';
import { holdInPath, runCommand } from './hold-commands.ts';
import { commandHeaders, holdParameters } from './hold-schemas.ts';
import { addresseeOf, madeNoticeSchema, newNoticeBody } from './notice-schemas.ts';

/** A notice as it is answered. */
export const madeOf = ({ noticeId, size, sha256, content: { kind, protocol } }: StoredNotice) => ({
  noticeId,
  kind,
  protocol,
  size,
  sha256: sha256.toString('hex'),
});

/** Makes a notice: takes a protocol number (DPR 445/2000 art. 53) and renders the PDF that is kept with the hold. */
export const makeNoticeRoute: AddRoutes = (app, deps) => {
  const { database: db, sealing } = deps;
  const fonts = fontsOnDemand();
  const render = async (c: ApiContext, content: HoldNotice) => {
    const parts: Buffer[] = [];
    const target = new Writable({
      write: (part: Buffer, _encoding, done) => {
        parts.push(part);
        done();
      },
    });
    const input = { content, policy: policyOf(c), writtenAt: c.get('now') };
    const { sha256 } = await renderLetter({ library: fonts() }, input, target);
    return { bytes: Buffer.concat(parts), sha256 };
  };

  addRoute(app, deps, 'makeHoldNotice', {
    summary: 'Write the notice to a custodian of the records under a hold',
    description:
      'A preservation notice while the hold stands, a release notice afterwards: PDF/A-3a and PDF/UA-1, with the next protocol number. After a change of the scope, make a new one: it says which one it replaces. It states classes, counts and periods, and names no person whom the hold is about.',
    params: holdParameters,
    headers: commandHeaders,
    json: { name: 'NewHoldNotice', schema: newNoticeBody, code: 'invalid-hold' },
    answers: { 201: json('Made', madeNoticeSchema) },
    problems: ['hold-unknown', 'hold-changed', 'hold-file-erased', 'idempotency-key-reused'],
  })(async (c, readBody) => {
    const hold = await holdInPath(deps, c, c.req.valid('param').holdId);
    const body = await readBody();
    const policy = policyOf(c);
    const now = c.get('now');
    const scope = await readNoticeScope(db, { hold, now });
    const made = await runCommand(deps, c, {
      request: body,
      answer: madeNoticeSchema,
      carryOut: async (tx) => {
        const result = await makeNotice(
          tx,
          { sealing, register: deps.protocolRegister ?? ownProtocolRegister },
          {
            hold,
            policy,
            actor: actorOf(c),
            today: localDateAt(now, policy.timeZone),
            now,
            compose: (protocol, before) =>
              composeHoldNotice({
                hold,
                scope,
                policy,
                language: body.language,
                protocol,
                custodian: addresseeOf(body.custodian),
                signatory: body.signatory,
                named: body.reference,
                addedParagraphs: body.addedParagraphs,
                before,
                now,
              }),
            render: (content) => render(c, content),
          },
        );
        switch (result.kind) {
          case 'made':
            return madeOf(result.notice);
          case 'hold-changed':
            throw refusal('hold-changed', { detail: 'It was changed or released meanwhile: ask again.' });
          case 'hold-erased':
            throw refusal('hold-file-erased', { detail: 'The file of this hold has reached the end of its period.' });
        }
      },
    });
    return c.json(made, 201);
  });
};
