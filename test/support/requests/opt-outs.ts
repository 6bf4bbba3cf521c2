/** What the audit trail says of questions about opt-outs that were asked meanwhile. */
import type { World } from '../world.ts';

/** The entries that `asking` left, without their times. */
export const optOutsAsked = async (world: World, asking: () => Promise<void>) => {
  const db = world.database('api');
  const { last } = await db
    .selectFrom('audit_entry')
    .select(({ fn }) => fn.coalesce(fn.max('id'), fn.countAll()).as('last'))
    .executeTakeFirstOrThrow();
  await asking();
  return db
    .selectFrom('audit_entry')
    .select(['actor', 'role', 'target_kind', 'target_id', 'why', 'detail'])
    .where('id', '>', Number(last))
    .where('action', '=', 'opt-outs-asked')
    .orderBy('id')
    .execute();
};
