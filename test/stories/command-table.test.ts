/**
 * State × role × command over the real API: what the table permits works, everything else is refused with its reason and changes
 * nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandKind } from '../../domain/request/course/commands.ts';
import { commandKinds, ruleOf } from '../../domain/request/course/commands.ts';
import { isRefusalCode } from '../../domain/request/course/refusals.ts';
import { days, hours } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { readCase } from '../../storage/requests/read-cases.ts';
import type { Position } from '../support/requests/cases.ts';
import { cloneCase } from '../support/requests/clone-case.ts';
import { permittedRoles } from '../support/requests/permitted.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, type Person, Story, signatory } from '../support/requests/story.ts';

let world: RightsWorld;
const received = instant('2027-03-05T09:30:00+01:00');
const now = instantPlus(received, hours(1));
const granted = { outcome: 'granted', grounds: ['15.1'] };

/** Copies of one case, frozen where it stood. */
const frozen = new Map<Position, string>();
const freeze = async (position: Position, story: Story): Promise<void> => {
  frozen.set(position, await cloneCase(world, story.caseId));
};

beforeAll(async () => {
  world = await createRightsWorld('rights-table');
  const told = [heldRecord('chat', '2032-01-10')];
  const access = await Story.begin(world, 'inps', message(received, { rights: ['access'] }), told);
  await freeze('received', access);
  await access.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
  await freeze('identification', access);
  const asked = await Story.begin(world, 'inps', message(received), told);
  await asked.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
  await asked.do('dpo', 'ask-requester', {
    about: 'identity',
    asked: ['answer-to-question'],
    doubt: 'dubbio',
    signatory,
  });
  await freeze('identification-asked', asked);
  await asked.do('dpo', 'withdraw', { rights: ['access'], text: 'rinuncia', signatory });
  await freeze('closing-letter', asked);
  await access.do('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
  await freeze('reviewing', access);
  await access.do('dpo', 'submit-review', { redactions: [] });
  await freeze('review-confirmation', access);
  await access.do('officer', 'confirm-review', {});
  await freeze('deciding/open', access);
  await access.do('dpo', 'prepare-decision', { right: 'access', decision: granted });
  await freeze('deciding/prepared', access);
  await access.do('dpo', 'give-opinion', { right: 'access', opinion: 'agrees', text: 'parere' });
  await freeze('deciding/advised', access);
  await access.do('officer', 'decide', { right: 'access', decision: granted });
  await freeze('deciding/executed', access);
  await access.do('dpo', 'compose-answer', { rights: ['access'], signatory });
  await freeze('deciding/lettered', access);
  await access.deliver('answer');
  await freeze('closed', access);
  await access.do('dpo', 'request-reopening', { reason: 'errore' }, 'bea');
  await freeze('reopening', access);
}, 300_000);
afterAll(() => world.close());

/** Every position at which a case waits for people; the others pass by while the worker is at work, or need a restriction. */
const frozenAt = [
  'received',
  'identification',
  'identification-asked',
  'reviewing',
  'review-confirmation',
  'deciding/open',
  'deciding/prepared',
  'deciding/advised',
  'deciding/executed',
  'deciding/lettered',
  'closing-letter',
  'reopening',
  'closed',
] as const satisfies readonly Position[];

const body = (kind: CommandKind, letterId: string): unknown => {
  const right = 'access';
  switch (kind) {
    case 'triage':
      return { verdict: 'rights-request', rights: [right], signatory };
    case 'ask-requester':
      return { about: 'identity', asked: ['answer-to-question'], doubt: 'dubbio', signatory };
    case 'confirm-identity':
      return { level: 'digital-identity', capacity: 'self' };
    case 'extend':
      return { rights: [right], months: 2, reason: 'complexity', explanation: 'complessa', signatory };
    case 'correct-receipt':
      return { receivedAt: instantPlus(received, -days(1)), reason: 'data errata', signatory };
    case 'submit-review':
      return { redactions: [] };
    case 'prepare-decision':
    case 'decide':
      return { right, decision: granted };
    case 'give-opinion':
      return { right, opinion: 'agrees', text: 'parere' };
    case 'return-decision':
      return { right, text: 'da rivedere' };
    case 'compose-answer':
      return { rights: [right], signatory };
    case 'record-delivery':
      return { letterId, deliveredAt: now, proof: 'pec-receipt' };
    case 'send-letter':
      return { letterId };
    case 'report-undelivered':
      return { letterId, text: 'mancata consegna' };
    case 'withdraw':
      return { rights: [right], text: 'rinuncia', signatory };
    case 'announce-lifting':
      return { right, reason: 'cessata', signatory };
    case 'lift-restriction':
      return { right };
    case 'request-reopening':
      return { reason: 'errore' };
    case 'confirm-reopening':
      return { rights: [right] };
    case 'link-proceeding':
      return { proceeding: 'complaint', reference: 'R-1' };
    case 'repeat-search':
    case 'return-review':
    case 'decline-reopening':
    case 'add-note':
      return { text: 'motivo' };
    case 'record-answer':
    case 'confirm-review':
      return {};
  }
};

describe.each(frozenAt)('a case at %s', (position) => {
  const idOf = (): string => {
    const id = frozen.get(position);
    if (id === undefined) throw new Error(`No case was frozen at ${position}`);
    return id;
  };
  const letterOf = async (caseId: string): Promise<string> => {
    const found = await readCase(world.world.database('api'), caseId);
    return (
      found?.state.letters.findLast(({ state }) => state === 'composed')?.letterId ??
      '01890000-0000-7000-8000-000000000000'
    );
  };
  const send = async (caseId: string, as: Person, kind: CommandKind) =>
    call(world, {
      as,
      controller: 'inps',
      method: 'POST',
      path: `/controllers/inps/requests/${caseId}/commands/${kind}`,
      body: body(kind, await letterOf(caseId)),
      now,
    });
  const allowed = (kind: CommandKind): readonly Person[] => {
    // These cases asked for a right when they came in, so that it can be withdrawn before triage too.
    if (position === 'received' && kind === 'withdraw') return ['dpo'];
    // The acknowledgement can be sent, or delivered by hand, at any time after triage.
    return permittedRoles(kind, { position, hasLetter: position !== 'received' });
  };

  it('refuses what the table does not permit, with its reason, and stays as it is', async () => {
    const caseId = idOf();
    const before = await readCase(world.world.database('api'), caseId);
    for (const kind of commandKinds) {
      for (const as of ['dpo', 'officer', 'legal', 'auditor', 'operator', 'source'] as const) {
        if (allowed(kind).includes(as)) continue;
        const { status, body: told } = await send(caseId, as, kind);
        expect({ kind, as, status }).toEqual({
          kind,
          as,
          status: expect.toSatisfy((code: number) => code >= 400 && code < 500),
        });
        const { code } = told;
        // RFC 9457: the detail helps with this occurrence, and does not say the title again.
        expect(told.detail).not.toBe(told.title);
        if (['auditor', 'operator', 'source'].includes(as)) expect(code).toBe('role-not-allowed');
        else {
          expect(isRefusalCode(code), `${as} ${kind}: ${String(code)}`).toBe(true);
          expect(code === 'role-not-allowed').toBe(!ruleOf(kind).roles.some((role) => role === as));
        }
      }
    }
    const after = await readCase(world.world.database('api'), caseId);
    expect(after?.state).toEqual(before?.state);
  }, 180_000);

  it('accepts what the table permits', async () => {
    for (const kind of commandKinds) {
      for (const as of allowed(kind)) {
        const { status, body: told } = await send(await cloneCase(world, idOf()), as, kind);
        expect({ kind, as, status, code: told.code }).toEqual({ kind, as, status: 200, code: undefined });
      }
    }
  }, 180_000);
});
