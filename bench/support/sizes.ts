// Sizes of databases, for what a sleeping workflow costs.

import { Client } from 'pg';

/** Bytes of the tables and indexes of a database, without what it keeps for itself. */
export const databaseBytes = async (url: string): Promise<number> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      "SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    return Number(rows[0]?.bytes ?? 0);
  } finally {
    await client.end();
  }
};
