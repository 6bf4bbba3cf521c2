/** What a letter says: the content from which its text and layout are made. */
import { createRoute, z } from '@hono/zod-openapi';
import { readLetter } from '../../storage/letters/letters.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json } from '../http/answers.ts';
import type { AddRoutes } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter, travelHeaders } from '../http/schemas.ts';
import { caseInPath, caseParameters } from '../requests/case-in-path.ts';

/** Shows the content of a composed letter; each reading is audited (I10). */
export const readLetterRoute: AddRoutes = (app, deps) => {
  app.openapi(
    createRoute({
      ...guarded(deps, 'readRequestLetter'),
      tags: ['Rights requests'],
      summary: 'What a letter of a rights request says',
      request: { params: caseParameters.extend({ letterId: idParameter }), headers: travelHeaders },
      responses: answers(
        {
          200: json(
            'The content, complete; its text and layout are made from it',
            z.unknown().openapi({ type: 'object' }),
          ),
        },
        'controller',
        'request-unknown',
        'letter-unknown',
      ),
    }),
    async (c) => {
      const { caseId, letterId } = c.req.valid('param');
      const { state } = await caseInPath(deps, c, caseId);
      const known = state.letters.some((letter) => letter.letterId === letterId);
      const letter = known ? await readLetter({ db: deps.database, sealing: deps.sealing }, letterId) : undefined;
      if (letter === undefined)
        throw refusal('letter-unknown', { detail: 'The case has no composed letter of this id.' });
      await deps.database.transaction().execute((tx) =>
        appendEntryOf(c, tx, {
          action: 'case-letter-read',
          target: { kind: 'case', id: caseId },
          why: 'read',
          detail: { letterId },
        }),
      );
      return c.json(letter, 200);
    },
  );
};
