/** What a letter says: the content from which its text and layout are made. */

import { z } from '@hono/zod-openapi';
import { readLetter } from '../../storage/letters/letters.ts';
import { addRoute } from '../access/add-route.ts';
import { recordEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import type { AddRoutes } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter } from '../http/schemas.ts';
import { caseInPath, caseParameters } from '../requests/case-in-path.ts';

/** Shows the content of a composed letter; each reading is audited (I10). */
export const readLetterRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readRequestLetter', {
    tags: ['Rights requests'],
    summary: 'What a letter of a rights request says',
    params: caseParameters.extend({ letterId: idParameter }),
    answers: {
      200: json('The content, complete; its text and layout are made from it', z.unknown().openapi({ type: 'object' })),
    },
    problems: ['request-unknown', 'letter-unknown'],
  })(async (c) => {
    const { caseId, letterId } = c.req.valid('param');
    const { state } = await caseInPath(deps, c, caseId);
    const known = state.letters.some((letter) => letter.letterId === letterId);
    const letter = known ? await readLetter({ db: deps.database, sealing: deps.sealing }, letterId) : undefined;
    if (letter === undefined)
      throw refusal('letter-unknown', { detail: 'The case has no composed letter of this id.' });
    await recordEntryOf(deps, c, {
      action: 'case-letter-read',
      target: { kind: 'case', id: caseId },
      why: 'read',
      detail: { letterId },
    });
    return c.json(letter, 200);
  });
};
