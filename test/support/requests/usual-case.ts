/** The case that most stories of rights requests are about: when its message came, the record held, usual questions and decisions. */
import { instant } from '../../../domain/time/instant.ts';
import { heldRecord, type RightsWorld } from './rights-world.ts';
import { signatory } from './story.ts';

export const received = instant('2027-03-05T09:30:00+01:00');
export const chat = () => heldRecord('chat', '2032-01-10');

export const doubt = {
  about: 'identity',
  asked: ['answer-to-question'],
  doubt: 'Il nome non corrisponde al recapito.',
  signatory,
};

export const granted = { outcome: 'granted', grounds: ['15.1'] };

export const refusedErasure = {
  outcome: 'refused',
  grounds: [],
  lines: [{ recordClass: 'chat', result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
  reasons: { '17.1.none': 'ancora necessari', '17.3.b': 'compito pubblico' },
};

/** How many suspensions of a kind keep the records of a case. */
export const activeSuspensions = async (
  { world }: RightsWorld,
  caseId: string,
  kind: 'restriction' | 'pending-request',
): Promise<number> => {
  const rows = await world
    .database('api')
    .selectFrom('suspension')
    .select('id')
    .where('kind', '=', kind)
    .where('matter_reference', 'like', `${caseId}%`)
    .where('state', '=', 'active')
    .execute();
  return rows.length;
};
