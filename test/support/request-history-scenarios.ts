/** Paths of rights requests whose histories are kept: told over the API, on records that sources handed in. */
import { instant } from '../../domain/instant.ts';
import { requestWorkflowId } from '../../workflows/messages.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../rights-request/support/rights-world.ts';
import { message, Story, signatory } from '../rights-request/support/story.ts';
import type { Recorded, ScenarioDeps } from './history-scenarios.ts';

const received = instant('2027-03-05T09:30:00+01:00');

let shared: Promise<RightsWorld> | undefined;
const rightsWorld = ({ world }: ScenarioDeps): Promise<RightsWorld> => {
  shared ??= createRightsWorld('histories-rights').then((rights) => {
    world.defer(() => rights.close());
    return rights;
  });
  return shared;
};

const recorded = ({ world, caseId }: Story): readonly Recorded[] => [
  { workflowId: requestWorkflowId(caseId), client: world.client },
];

/** Erasure granted: searched, executed by the gate, recipients told, answered; with an extension on the way. */
const erased = async (deps: ScenarioDeps): Promise<readonly Recorded[]> => {
  const story = await Story.begin(await rightsWorld(deps), 'comune-di-milano', message(received), [
    heldRecord('booking', '2028-01-10'),
  ]);
  await story.recognised('erasure');
  await story.do('officer', 'extend', {
    rights: ['erasure'],
    months: 1,
    reason: 'complexity',
    explanation: 'Archivi distinti.',
    signatory,
  });
  await story.days(3);
  await story.deliver('extension');
  await story.answered('erasure', {
    outcome: 'erased',
    grounds: ['17.1.d'],
    lines: [{ recordClass: 'booking', result: 'granted', grounds: ['17.1.d'] }],
  });
  return recorded(story);
};

/** A doubt about identity: the clock stands still, the answer comes, the copy is made and handed over. */
const identified = async (deps: ScenarioDeps): Promise<readonly Recorded[]> => {
  const story = await Story.begin(await rightsWorld(deps), 'inps', message(received), [
    heldRecord('chat', '2032-01-10'),
  ]);
  await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
  await story.do('dpo', 'ask-requester', {
    about: 'identity',
    asked: ['answer-to-question'],
    doubt: 'Il nome non corrisponde al recapito.',
    signatory,
  });
  await story.days(5);
  await story.do('dpo', 'record-answer', { text: 'La persona ha risposto.' });
  await story.do('dpo', 'confirm-identity', { level: 'answered-question', capacity: 'self' });
  await story.do('dpo', 'submit-review', { redactions: [] });
  await story.do('officer', 'confirm-review', {});
  await story.answered('access', { outcome: 'granted', grounds: ['15.1'] });
  return recorded(story);
};

/** An objection refused: restricted meanwhile, the person told, the restriction lifted by the workflow's own timer. */
const lifted = async (deps: ScenarioDeps): Promise<readonly Recorded[]> => {
  const story = await Story.begin(await rightsWorld(deps), 'inps', message(received), [
    heldRecord('chat', '2032-01-10'),
  ]);
  await story.recognised('objection');
  await story.answered('objection', {
    outcome: 'refused',
    grounds: ['21.1.compelling'],
    lines: [{ recordClass: 'chat', result: 'denied', grounds: ['21.1.compelling'] }],
    reasons: { '21.1.compelling': 'obbligo verso terzi' },
    balance: 'I motivi cogenti prevalgono.',
  });
  await story.days(20);
  return recorded(story);
};

/** Alarms up to and past the deadline, nobody having decided. */
const overdue = async (deps: ScenarioDeps): Promise<readonly Recorded[]> => {
  const story = await Story.begin(await rightsWorld(deps), 'inps', message(received), [
    heldRecord('chat', '2032-01-10'),
  ]);
  await story.recognised('erasure');
  await story.until(instant('2027-04-06T08:00:00Z'));
  return recorded(story);
};

export const requestHistoryScenarios = {
  'request-erased': erased,
  'request-identified': identified,
  'request-lifted': lifted,
  'request-overdue': overdue,
};
