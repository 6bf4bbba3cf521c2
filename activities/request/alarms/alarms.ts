/**
 * Informs the DPO's office that a deadline of a case comes near or has passed: a mail with the case's reference, the right and the
 * day, nothing about the person (I7). The alarm itself is an event of the case, whatever becomes of the mail.
 */

import type { AlarmKind } from '../../../domain/request/course/events.ts';
import { localDateAt } from '../../../domain/time/calendar.ts';
import { readCase } from '../../../storage/requests/read-cases.ts';
import type { AlarmActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { deliverMail, type MailServer } from '../../mail/deliver-mail.ts';
import { policyFor, type RequestDeps } from '../case-file/case-file.ts';

/** The case file, and the mail server by which the DPO's office is informed. */
export type RequestAlarmDeps = RequestDeps & { readonly mail: MailServer };

const subjects: Readonly<Record<AlarmKind, string>> = {
  'target-reached': 'obiettivo interno raggiunto',
  'deadline-near': 'scadenza tra una settimana',
  'first-month-ends': 'un diniego va comunicato entro tre giorni',
  'deadline-tomorrow': 'scadenza domani',
  overdue: 'TERMINE SCADUTO',
  'restriction-review': 'limitazione da riesaminare',
  'held-erasure-review': 'cancellazione sospesa da riesaminare',
};

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
      subject: `${reference}: ${subjects[alarm]}`,
      text: `Richiesta ${reference}, diritto: ${right}.\nData di riferimento: ${localDateAt(about, policy.timeZone)}.\n`,
      messageId: `<${alarm}.${Date.parse(about)}.${right.replaceAll('/', '.')}.${caseId}@oblio>`,
      date: new Date(now),
    });
    // A second copy of a reminder does no harm, a lost one might: what is not known to have arrived is tried again.
    if (outcome === 'not-now') throw failureOf('service-unreachable');
  },
});
