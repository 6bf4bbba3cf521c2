/** To whom records were disclosed, by the policy: who hears of what is done to them (Art. 19). */
import type { RecordClassId } from '../../../domain/ids.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import { meansOf } from '../../../storage/recipients/notifications.ts';
import type { NoticeRecipient } from '../../../storage/recipients/order-notice.ts';

/**
 * Who of a policy is told: those to whom the class was disclosed. An authority that asks in a particular inquiry is no recipient
 * (Art. 4(9)); it is notified where the controller gave an address for it.
 */
const isTold = ({ role, notify }: Policy['recipients'][number]): boolean =>
  role !== 'authority' || notify !== undefined;

/** The recipients of classes, each with the classes that were disclosed to it. */
export const recipientsOf = (policy: Policy, recordClasses: readonly RecordClassId[]): readonly NoticeRecipient[] =>
  policy.recipients.filter(isTold).flatMap(({ id, notify }) => {
    const disclosed = policy.recordClasses
      .filter((rule) => recordClasses.includes(rule.id) && rule.recipients.includes(id))
      .map((rule) => rule.id);
    return disclosed.length === 0 ? [] : [{ recipient: id, means: meansOf(notify), recordClasses: disclosed }];
  });

/** The classes of a policy that were disclosed to a recipient who is notified. */
export const disclosedClasses = ({ recipients, recordClasses }: Policy): readonly RecordClassId[] => {
  const notified = new Set(recipients.filter(isTold).map(({ id }) => id));
  return recordClasses.filter((rule) => rule.recipients.some((id) => notified.has(id))).map(({ id }) => id);
};
