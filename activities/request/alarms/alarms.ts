/**
 * Informs the DPO's office that a deadline of a case comes near or has passed: a mail with the case's reference, the right and the
 * day, nothing about the person (I7). The alarm itself is an event of the case, whatever becomes of the mail.
 */

import { localDateAt } from '../../../domain/time/calendar.ts';
import { alarmMailText } from '../../../letters/texts/mails.ts';
import { readCase } from '../../../storage/requests/read-cases.ts';
import type { AlarmActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { deliverMail, type MailServer } from '../../mail/deliver-mail.ts';
import { policyFor, type RequestDeps } from '../case-file/case-file.ts';

/** The case file, and the mail server by which the DPO's office is informed. */
export type RequestAlarmDeps = RequestDeps & { readonly mail: MailServer };

/** Makes the activity. */
export const createAlarmActivities = (deps: RequestAlarmDeps): AlarmActivities => ({
  raiseAlarm: async ({ caseId, controller, now, alarm, right, about }) => {
    const found = await readCase(deps.database, caseId);
    if (found === undefined) throw failureOf('case-unknown');
    const policy = policyFor(deps, controller);
    const to = policy.dpo.email ?? policy.office.email;
    if (to === undefined) return;
    const { reference } = found.state;
    const outcome = await deliverMail(deps.mail, {
      to,
      ...alarmMailText(alarm, { reference, right, day: localDateAt(about, policy.timeZone) }),
      messageId: `<${alarm}.${Date.parse(about)}.${right.replaceAll('/', '.')}.${caseId}@oblio>`,
      date: new Date(now),
    });
    // A second copy of a reminder does no harm, a lost one might: what is not known to have arrived is tried again.
    if (outcome === 'not-now') throw failureOf('service-unreachable');
  },
});
