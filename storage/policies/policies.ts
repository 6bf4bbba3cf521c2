/**
 * Policy versions as the database remembers them (Art. 5(2)): what dated a record stays readable as it was. Comparing a loaded
 * policy with the stored one is the rule of `policies/policy-version.ts`; this file reads and writes.
 */
import { z } from 'zod';
import type { ControllerId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

/** A legal basis (Art. 6(1)) as a policy version or a manifest has it stored. */
export const legalBasisSchema = z.object({
  article: z.enum(['6.1.a', '6.1.b', '6.1.c', '6.1.d', '6.1.e', '6.1.f']),
  source: z.string().min(1),
  note: z.string().min(1).exactOptional(),
});

/** The latest version that the database knows, to compare a loaded file with. */
export type StoredPolicyState = {
  readonly version: number;
  /** SHA-256, lower-case hexadecimal. */
  readonly digest: string;
};

/** The latest stored version of a controller's policy, or `undefined` if there is none yet. */
export const latestPolicy = async (
  db: Database | DatabaseTransaction,
  controller: ControllerId,
): Promise<StoredPolicyState | undefined> => {
  const row = await db
    .selectFrom('policy_version')
    .select(['version', 'digest'])
    .where('controller', '=', controller)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { version: row.version, digest: row.digest.toString('hex') };
};

/** The document of a stored version as it was stored, or `undefined`; the reader validates it. */
export const readPolicyDocument = async (
  db: Database | DatabaseTransaction,
  { controller, version }: { readonly controller: ControllerId; readonly version: number },
): Promise<unknown> => {
  const row = await db
    .selectFrom('policy_version')
    .select('document')
    .where('controller', '=', controller)
    .where('version', '=', version)
    .executeTakeFirst();
  return row?.document;
};

/** Thrown when a version is stored already with another content: two processes loaded different files under one number. */
export class PolicyVersionTakenError extends Error {
  override readonly name = 'PolicyVersionTakenError';
}

/** A version of a policy to be remembered as it is. */
export type StorePolicyInput = {
  readonly policy: Policy;
  /** Of its canonical form, lower-case hexadecimal. */
  readonly digest: string;
  readonly now: Instant;
  /** Which process stores it. */
  readonly actor: string;
};

/** Stores a version. Storing it again changes nothing. Returns whether it was new; throws a `PolicyVersionTakenError`. */
export const storePolicy = (db: Database, { policy, digest, now, actor }: StorePolicyInput): Promise<boolean> =>
  db.transaction().execute(async (tx) => {
    const { controller, version } = policy;
    const inserted = await tx
      .insertInto('policy_version')
      .values({
        controller,
        version,
        digest: Buffer.from(digest, 'hex'),
        document: JSON.stringify(policy),
        stored_at: toDate(now),
      })
      .onConflict((conflict) => conflict.columns(['controller', 'version']).doNothing())
      .returning('version')
      .executeTakeFirst();
    if (inserted === undefined) {
      const { digest: stored } = await tx
        .selectFrom('policy_version')
        .select('digest')
        .where('controller', '=', controller)
        .where('version', '=', version)
        .executeTakeFirstOrThrow();
      if (stored.toString('hex') === digest) return false;
      throw new PolicyVersionTakenError(
        `Version ${version} of the policy of ${controller} is stored with another content: raise its version`,
      );
    }
    await appendAuditEntry(tx, {
      at: now,
      actor,
      role: 'system',
      action: 'policy-stored',
      controller,
      target: { kind: 'policy', id: `${controller}/${version}` },
      why: 'policy-loaded',
      detail: { version, digest },
    });
    return true;
  });
