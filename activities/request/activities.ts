/**
 * Everything the `request` and `notification` workflows ask of the world, in one call for each queue. What destroys, the execution of
 * decisions, runs on the erasure queue with its limits; everything else on the procedures queue.
 */
import type { Client } from '@temporalio/client';
import type { Policy } from '../../domain/policy/policy.ts';
import { controllerClock } from '../../domain/request/clock/controller-clock.ts';
import type { SignaturePort } from '../../letters/signature/port.ts';
import type { Database } from '../../storage/database/database.ts';
import type { ErasureGate } from '../../storage/erasure-gate/index.ts';
import { ownProtocolRegister, type ProtocolRegister } from '../../storage/letters/protocol-register.ts';
import type { ObjectStore } from '../../storage/objects/object-store.ts';
import { packagesOfCase } from '../../storage/packages/package-rows.ts';
import type { Sealing } from '../../storage/sealing/sealing.ts';
import type { NotificationActivities } from '../../workflows/notification/contract.ts';
import type { ExecutionActivities, PackageActivities, RequestActivities } from '../../workflows/request/contract.ts';
import type { MailServer } from '../mail/deliver-mail.ts';
import { createAlarmActivities } from './alarms/alarms.ts';
import { createCaseFileActivities, type RequestDeps } from './case-file/case-file.ts';
import { createCaseSuspensionActivities } from './case-file/case-suspensions.ts';
import { createDeliveryActivities, type DeliveryMoment } from './delivery/delivery.ts';
import { createExecutionActivities } from './execution/execute.ts';
import { createCaseLetterActivities } from './letters/letters.ts';
import { attachmentsOfLetter } from './package/attachments.ts';
import { createPackageActivities } from './package/package.ts';
import { createRecipientActivities } from './recipients/recipients.ts';
import { createSearchActivities } from './search/search.ts';

/** What the activities of rights requests stand on; what is optional is decided by the installation's settings. */
export type CaseActivitiesDeps = {
  /** With the worker's login. */
  readonly db: Database;
  /** With the worker's credentials. */
  readonly store: ObjectStore;
  readonly sealing: Sealing;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly mail: MailServer;
  /** The mailbox of certified mail, where it has a server of its own. */
  readonly pecMail?: MailServer;
  /** Who gives letters their protocol numbers; absent: Oblio's own register. */
  readonly register?: ProtocolRegister;
  /** How letters are signed; absent: not at all. */
  readonly signature?: SignaturePort;
  /** Where the API is reached from outside; absent: nothing goes out as a link. */
  readonly publicUrl?: string;
  /** Whether webhooks may go without TLS: only where time travel is allowed. */
  readonly plainHttp: boolean;
  /** Named moments of delivery for tests that stop the process there. */
  readonly atDeliveryMoment?: (moment: DeliveryMoment) => Promise<void>;
};

const requestDeps = ({
  db,
  sealing,
  policies,
}: Pick<CaseActivitiesDeps, 'db' | 'sealing' | 'policies'>): RequestDeps => ({
  database: db,
  sealing,
  policies,
  clock: controllerClock(policies),
});

/** For the procedures queue. */
export const createCaseActivities = (
  deps: CaseActivitiesDeps,
): Omit<RequestActivities, keyof ExecutionActivities> & NotificationActivities & PackageActivities => {
  const { db, store, sealing, policies, mail, pecMail, signature, publicUrl, plainHttp, atDeliveryMoment } = deps;
  const common = requestDeps(deps);
  const reachable = publicUrl === undefined ? {} : { publicUrl };
  return {
    ...createCaseFileActivities(common),
    ...createCaseSuspensionActivities(common),
    ...createCaseLetterActivities({ ...common, register: deps.register ?? ownProtocolRegister }),
    ...createSearchActivities({ db, sealing, policies }),
    ...createRecipientActivities({ ...common, mail, plainHttp, ...reachable }),
    ...createPackageActivities({ db, store, sealing, policies }),
    ...createDeliveryActivities({
      ...common,
      mail,
      ...(pecMail === undefined ? {} : { pecMail }),
      ...(signature === undefined ? {} : { signature }),
      ...reachable,
      findPackage: async ({ caseId, letterId }) => {
        const made = (await packagesOfCase(db, caseId)).findLast((one) => one.letterId === letterId);
        return made?.result === undefined ? undefined : { packageId: made.packageId };
      },
      attachmentsOf: (input) => attachmentsOfLetter({ db, store, sealing, policies }, input),
      ...(atDeliveryMoment === undefined ? {} : { atMoment: atDeliveryMoment }),
    }),
    ...createAlarmActivities({ ...common, mail }),
  };
};

/** What carrying out a decision stands on, with the gate's two calls that it needs. */
export type CaseErasureDeps = Pick<CaseActivitiesDeps, 'db' | 'sealing' | 'policies'> & {
  readonly temporal: Client;
  readonly gate: Pick<ErasureGate, 'eraseNextChunk' | 'closeUnit'>;
};

/** For the erasure queue. `db` is the worker's login here too: only the gate deletes, with its own. */
export const createCaseErasureActivities = (deps: CaseErasureDeps): ExecutionActivities =>
  createExecutionActivities({ ...requestDeps(deps), gate: deps.gate, temporal: deps.temporal });
