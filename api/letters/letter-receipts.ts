/** Receipts of certified mail, which prove that a letter arrived or say that it did not. */
import { z } from '@hono/zod-openapi';
import { letterOfMessageId } from '../../domain/request/course/delivery.ts';
import { readReceipt } from '../../letters/receipt/read-receipt.ts';
import { storeHandedInFile } from '../../storage/letters/files.ts';
import { addRoute } from '../access/add-route.ts';
import { anyBytes, json } from '../http/answers.ts';
import { mediaTypeOf, readBody } from '../http/bodies.ts';
import { type AddRoutes, actorOf, callerOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import type { ParsedCommand } from '../requests/body-parts.ts';
import { commandRefusal } from '../requests/case-in-path.ts';
import { sendCommand } from '../requests/send-command.ts';
import { largestLetterFile, letterInPath, letterParameters } from './letter-in-path.ts';

/** Delivery ends the deadline with the provider's time (Art. 12(3)), failure gives the letter back to staff; 422 for another letter's receipt. */
export const letterReceiptRoute: AddRoutes = (app, deps) => {
  const { database: db, sealing } = deps;
  addRoute(app, deps, 'addReceipt', {
    summary: 'Attach a receipt of certified mail',
    description:
      "The provider's mail (message/rfc822) or its daticert.xml. It must name this letter's message. A receipt of delivery records the delivery with its time; one of failure gives the letter back to staff. Its own signature is kept with it, not verified here.",
    params: letterParameters,
    body: { required: true, content: { 'message/rfc822': anyBytes, 'application/xml': anyBytes } },
    answers: {
      200: json(
        'Kept, and followed',
        z.object({ receipt: z.enum(['acceptance', 'delivery', 'failure']), recorded: z.boolean() }),
      ),
    },
    problems: [
      'request-unknown',
      'letter-unknown',
      'receipt-refused',
      'body-too-large',
      'temporal-unavailable',
      'delivery-date-impossible',
      'letter-not-sent',
    ],
  })(async (c) => {
    const { caseId, letterId } = c.req.valid('param');
    const { state, letter } = await letterInPath(deps, c, { caseId, letterId });
    const bytes = await readBody(c, largestLetterFile);
    const receipt = await readReceipt(bytes);
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
        actor: actorOf(c),
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
    if (result.kind === 'refused') throw commandRefusal(result.refusal);
    return c.json({ receipt: receipt.kind, recorded: true }, 200);
  });
};
