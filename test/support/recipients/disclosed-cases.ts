/** Cases whose records were disclosed to recipients, and what is to be told about them. */
import type { Client } from '@temporalio/client';
import { v7 as uuid } from 'uuid';
import { recipientsOf } from '../../../activities/request/recipients/disclosed-to.ts';
import type { RecordClassId } from '../../../domain/ids.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import type { NoticeKind } from '../../../domain/recipient/notification.ts';
import type { RightKey } from '../../../domain/request/course/rights.ts';
import { codiceFiscaleCheckCharacter } from '../../../domain/subject/codice-fiscale.ts';
import { days } from '../../../domain/time/duration.ts';
import { instantPlus } from '../../../domain/time/instant.ts';
import { listNotifications, type StoredNotification } from '../../../storage/recipients/notifications.ts';
import { orderNotice } from '../../../storage/recipients/order-notice.ts';
import { noteReferences } from '../../../storage/recipients/references.ts';
import { outboxKinds } from '../../../worker/outbox/outbox-kinds.ts';
import { proceduresQueue } from '../../../workflows/queues.ts';
import { handIn, milano, recordClasses, type TestRecord } from '../records.ts';
import { searchAndReport } from '../requests/searches.ts';
import { openCase } from '../requests/stored-cases.ts';
import { eventually } from '../temporal.ts';
import { realNow, type World } from '../world.ts';

/** Everything planted here is personal, and must not be found where it has no business. */
const planted = {
  email: 'gelsomina.planted-marker@example.it',
  text: 'Planted-Marker chiede della carta',
} as const;

let people = 100;

export type SearchedCase = {
  readonly caseId: string;
  readonly records: readonly TestRecord[];
  readonly manifestId: string;
};

/** A person with bookings asks Milano for something; searched, not decided. */
export const openSearchedCase = async (
  world: World,
  right: RightKey,
  { count = 2, recordClass = recordClasses.booking }: { count?: number; recordClass?: RecordClassId } = {},
): Promise<SearchedCase> => {
  const now = realNow();
  people += 1;
  // Fifteen characters of a name and a birth that nobody has, and the sixteenth that checks them.
  const fifteen = `PLNMRK80A01F${String(people).padStart(3, '0')}`;
  const identifiers = [
    { kind: 'codice-fiscale' as const, value: `${fifteen}${codiceFiscaleCheckCharacter(fifteen)}` },
    { kind: 'email' as const, value: `${uuid().slice(-8)}.${planted.email}` },
  ];
  const records = await handIn(world, {
    controller: milano,
    recordClass,
    triggerAt: instantPlus(now, -days(1)),
    now,
    count,
    subjects: () => identifiers,
    text: () => planted.text,
    sourceId: (index) => `prenotazione-${uuid().slice(-12)}-${index}`,
  });
  const caseId = await openCase(world, {
    controller: milano,
    rights: [right],
    identifiers,
    person: { requester: { name: 'Gelsomina Planted-Marker', pec: planted.email }, text: planted.text },
    now,
  });
  const { manifestId } = await searchAndReport(world, { caseId, now });
  return { caseId, records, manifestId };
};

export type TellingDeps = {
  readonly world: World;
  readonly client: Client;
  readonly queuePrefix: string;
  /** The policy in force: it says who is told, and how. */
  readonly policy: () => Policy;
};

/** Starts the workflows of all notifications that wait, as the worker's outbox does; tried for as long as a namespace is fresh. */
export const startNotifications = async ({ world, client, queuePrefix }: TellingDeps): Promise<void> => {
  const kinds = outboxKinds(new Map(), proceduresQueue(queuePrefix));
  const notifications = kinds.find(({ name }) => name === 'signal-notifications');
  const drained = async () =>
    notifications?.drain({
      db: world.database('worker'),
      client,
      now: realNow(),
      limit: 200,
      onRefused: (_, error) => {
        throw error;
      },
    });
  await eventually(drained, (outcome) => outcome !== undefined && outcome.lost === undefined);
};

export type TellInput = { readonly what?: NoticeKind; readonly count?: number };

/** Orders the notifications of something that was done to all records of a fresh case; starts their workflows unless told not to. */
export const tellOfFreshCase = async (
  deps: TellingDeps,
  { what = 'restricted', count = 2 }: TellInput = {},
  started = true,
) => {
  const { world } = deps;
  const db = world.database('worker');
  const { caseId, records, manifestId } = await openSearchedCase(world, 'restriction', { count });
  const policy = deps.policy();
  const now = realNow();
  await noteReferences(
    { db, sealing: world.sealing },
    { caseId, manifestId, recordClasses: policy.recordClasses.map(({ id }) => id), heartbeat: () => undefined },
  );
  await orderNotice(db, {
    caseId,
    controller: milano,
    right: 'restriction',
    what,
    doneAt: now,
    records: { kind: 'decided', manifestId, recordClasses: [recordClasses.booking], besides: [], except: [] },
    recipientsOf: (recordClassIds) => recipientsOf(policy, recordClassIds),
    now,
  });
  if (started) await startNotifications(deps);
  const tasks = await listNotifications(db, caseId);
  const to = (recipient: string): StoredNotification => {
    const found = tasks.find((task) => task.recipient === recipient);
    if (found === undefined) throw new Error(`${recipient} is not to be told`);
    return found;
  };
  return { caseId, records, tasks, to };
};
