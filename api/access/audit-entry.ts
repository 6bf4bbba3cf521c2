/**
 * Entries of the audit trail for what callers do through the API. When, who and for which controller come from the request itself, so
 * that no route can record another name for what its caller did (Art. 5(2), I10).
 */
import type { AuditEntry } from '../../domain/audit.ts';
import type { ControllerId } from '../../domain/ids.ts';
import { appendAuditEntry } from '../../storage/audit/audit-trail.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import { type ApiContext, type ApiDeps, callerOf, policyOf } from '../http/context.ts';

/** An entry, but for when, who and where. */
export type WhatWasDone = Pick<AuditEntry, 'action' | 'target' | 'why' | 'detail'> & {
  /** Absent: the controller in the path. */
  readonly controller?: ControllerId;
};

/**
 * The entry for what the caller of this request does; to be appended in the transaction of the act itself. Throws a `TypeError` on a
 * route without a guard, or without a controller in its path where none is named.
 */
export const entryOf = (c: ApiContext, what: WhatWasDone): AuditEntry => {
  const { actor, role } = callerOf(c);
  return { ...what, at: c.get('now'), actor, role, controller: what.controller ?? policyOf(c).controller };
};

/** Appends it, in the transaction of the act itself. */
export const appendEntryOf = (c: ApiContext, tx: DatabaseTransaction, what: WhatWasDone): Promise<void> =>
  appendAuditEntry(tx, entryOf(c, what));

/** Appends it in a transaction of its own: for what was read or shown, before it is answered (I10). */
export const recordEntryOf = (
  { database }: Pick<ApiDeps, 'database'>,
  c: ApiContext,
  what: WhatWasDone,
): Promise<void> => database.transaction().execute((tx) => appendEntryOf(c, tx, what));
