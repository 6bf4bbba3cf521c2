/** Which recipients were notified under Art. 19, as letters and the report to the person say it (Art. 19, second sentence): one line per recipient. */
import type { RecipientLine } from '../../domain/letter/letter-content.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Database } from '../database/database.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { notificationOf, notificationRows, type StoredNotification } from './notifications.ts';
import { openRecipientWords } from './record-outcome.ts';

/** Where notifications lie, the keys that open what staff wrote, and the names that policies give recipients. */
export type RecipientLineDeps = {
  readonly db: Database;
  readonly sealing: Sealing;
  /** The policies in force, by controller: names and time zone. */
  readonly policies: ReadonlyMap<string, Policy>;
};

type Outcome = RecipientLine['outcome'];

const outcomeOf = (
  { state, told, acknowledged }: StoredNotification,
  timeZone: string,
  reason: () => string,
): Outcome => {
  if (state === 'impossible' || state === 'disproportionate') return { kind: state, reason: reason() };
  if (acknowledged !== undefined) return { kind: 'acknowledged', on: localDateAt(acknowledged.at, timeZone) };
  return told === undefined ? { kind: 'pending' } : { kind: 'told', on: localDateAt(told.at, timeZone) };
};

// A recipient with several notifications is shown by the one that is furthest behind.
const furthestBehindFirst: readonly Outcome['kind'][] = [
  'pending',
  'impossible',
  'disproportionate',
  'told',
  'acknowledged',
];

const behind = (one: Outcome, other: Outcome): number =>
  furthestBehindFirst.indexOf(one.kind) - furthestBehindFirst.indexOf(other.kind) ||
  ('on' in one && 'on' in other ? other.on.localeCompare(one.on) : 0);

/** The recipients of a case and how far each is; empty where no recipient had to be notified. */
export const readRecipientLines = async (
  { db, sealing, policies }: RecipientLineDeps,
  caseId: string,
): Promise<readonly RecipientLine[]> => {
  const rows = await notificationRows(db)
    .where('recipient_notification.case_id', '=', caseId)
    .orderBy('recipient_notification.recipient')
    .execute();
  const lines = rows.map((row) => {
    const notification = notificationOf(row);
    const policy = policies.get(notification.controller);
    const { notificationId, recipient } = notification;
    const reason = (): string =>
      row.sealed_words === null ? '' : openRecipientWords(sealing, notificationId, row.sealed_words);
    return {
      recipient,
      name: policy?.recipients.find(({ id }) => id === recipient)?.name ?? recipient,
      outcome: outcomeOf(notification, policy?.timeZone ?? 'UTC', reason),
    };
  });
  return [...Map.groupBy(lines, ({ recipient }) => recipient).values()].flatMap((those) => {
    const [first] = those.toSorted((one, other) => behind(one.outcome, other.outcome));
    return first === undefined ? [] : [{ name: first.name, outcome: first.outcome }];
  });
};
