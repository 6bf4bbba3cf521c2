/** Checks the audit trail's hash chain from the first entry to the last: anyone who may read it can verify it (I10). */
import type { Selectable } from 'kysely';
import type { Database } from '../database/database.ts';
import { chainDigest, chainStart, entryDigest, type SealedEntry } from './audit-trail.ts';
import type { AuditSealTable } from './tables.ts';

/** The end of the chain. Noted down outside of Oblio, it also shows that nothing was cut off at the end since. */
export type ChainHead = {
  readonly sequence: number;
  /** Lower-case hexadecimal. */
  readonly digest: string;
};

/** The first place where the chain does not hold. */
export type ChainFault = {
  readonly sequence: number;
  readonly entryId?: number;
  readonly reason: 'seal-missing' | 'entry-missing' | 'entry-changed' | 'chain-broken' | 'head-not-found';
};

/** How far the chain holds. */
export type ChainReport = {
  /** Entries whose seals were checked, up to the first fault. */
  readonly verified: number;
  /** Entries that wait for their seal. */
  readonly unsealed: number;
  readonly head: ChainHead | undefined;
  readonly fault: ChainFault | undefined;
};

/** From which known head the chain is checked, and how many entries at a time. */
export type VerifyChainInput = {
  /** A head noted down earlier, which must still be part of the chain. */
  readonly expectedHead?: ChainHead;
  readonly batchSize?: number;
};

type Row = Selectable<AuditSealTable> & { readonly entry: SealedEntry | undefined };

const readRows = async (db: Database, after: number, limit: number): Promise<readonly Row[]> => {
  const rows = await db
    .selectFrom('audit_seal as seal')
    .leftJoin('audit_entry as entry', 'entry.id', 'seal.entry_id')
    .select(['seal.sequence', 'seal.entry_id', 'seal.entry_digest', 'seal.chain_digest', 'seal.sealed_at'])
    .select(['entry.id', 'entry.at', 'entry.actor', 'entry.role', 'entry.action', 'entry.controller'])
    .select(['entry.target_kind', 'entry.target_id', 'entry.why', 'entry.detail'])
    .where('seal.sequence', '>', after)
    .orderBy('seal.sequence')
    .limit(limit)
    .execute();
  return rows.map(({ sequence, entry_id, entry_digest, chain_digest, sealed_at, ...rest }) => {
    const { id, at, actor, role, action, controller, target_kind, target_id, why, detail } = rest;
    const seal = { sequence, entry_id, entry_digest, chain_digest, sealed_at };
    // The join is outer: where the entry is gone, every column of it is null.
    if (id === null || at === null || actor === null || role === null || action === null)
      return { ...seal, entry: undefined };
    if (controller === null || target_kind === null || target_id === null || why === null)
      return { ...seal, entry: undefined };
    return { ...seal, entry: { id, at, actor, role, action, controller, target_kind, target_id, why, detail } };
  });
};

/** Walks the whole chain in batches; memory stays flat. It reports the first fault and stops there. */
export const verifyChain = async (
  db: Database,
  { expectedHead, batchSize = 5000 }: VerifyChainInput = {},
): Promise<ChainReport> => {
  const { count } = await db
    .selectFrom('audit_entry')
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('audit_seal').whereRef('audit_seal.entry_id', '=', 'audit_entry.id'))),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  let chain = chainStart;
  let sequence = 0;
  let headSeen = expectedHead === undefined;
  const report = (fault?: ChainFault): ChainReport => ({
    verified: sequence,
    unsealed: count,
    head: sequence === 0 ? undefined : { sequence, digest: chain.toString('hex') },
    fault,
  });
  for (;;) {
    const rows = await readRows(db, sequence, batchSize);
    for (const row of rows) {
      const at = { sequence: sequence + 1, entryId: row.entry_id };
      if (row.sequence !== at.sequence) return report({ sequence: at.sequence, reason: 'seal-missing' });
      if (row.entry === undefined) return report({ ...at, reason: 'entry-missing' });
      const digest = entryDigest(row.entry);
      if (!digest.equals(row.entry_digest)) return report({ ...at, reason: 'entry-changed' });
      const link = chainDigest(chain, at.sequence, digest);
      if (!link.equals(row.chain_digest)) return report({ ...at, reason: 'chain-broken' });
      chain = link;
      sequence = at.sequence;
      if (expectedHead?.sequence === sequence) headSeen = expectedHead.digest === chain.toString('hex');
    }
    if (rows.length < batchSize) break;
  }
  return headSeen || expectedHead === undefined
    ? report()
    : report({ sequence: expectedHead.sequence, reason: 'head-not-found' });
};
