/** Paths of rights requests whose histories are kept: told over the API, on records that sources handed in. */
import { days } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { requestWorkflowId } from '../../workflows/request/contract.ts';
import type { Recorded, ScenarioDeps } from './history-scenarios.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from './requests/rights-world.ts';
import { message, Story, signatory } from './requests/story.ts';
import { realNow } from './world.ts';

// What is recorded is replayed with the server's own times: these stories are told on the real clock, some months ahead of it.
const day = days(1);
const received = instantPlus(realNow(), 100 * day);
const afterReceipt = (days: number): string => instantPlus(received, days * day).slice(0, 10);
/** The last days of a booking's year and of the five years of a chat, both begun before the message. */
const bookingUntil = afterReceipt(300);
const chatUntil = afterReceipt(1700);

let shared: Promise<RightsWorld> | undefined;
const rightsWorld = ({ world }: ScenarioDeps): Promise<RightsWorld> => {
  shared ??= createRightsWorld('histories-rights', { today: 'real' }).then((rights) => {
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
    heldRecord('booking', bookingUntil),
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
  const story = await Story.begin(await rightsWorld(deps), 'inps', message(received), [heldRecord('chat', chatUntil)]);
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
  const story = await Story.begin(await rightsWorld(deps), 'inps', message(received), [heldRecord('chat', chatUntil)]);
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
  const story = await Story.begin(await rightsWorld(deps), 'inps', message(received), [heldRecord('chat', chatUntil)]);
  await story.recognised('erasure');
  await story.until(instantPlus(received, 35 * day));
  return recorded(story);
};

export const requestHistoryScenarios = {
  'request-erased': erased,
  'request-identified': identified,
  'request-lifted': lifted,
  'request-overdue': overdue,
};
