// A transaction on a connection of the owner's pool; a connection on which something failed is thrown away.

import type { Pool, PoolClient } from 'pg';

/** Commits what the action does, or nothing of it. */
export const inTransaction = async (pool: Pool, action: (client: PoolClient) => Promise<void>): Promise<void> => {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await action(client);
    await client.query('COMMIT');
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
};
