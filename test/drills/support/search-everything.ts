/**
 * Looks for markers in everything that services and processes leave behind: every row of every database (as a dump would show
 * them, binary columns included), every file of the object store, every log.
 */
import { createReadStream, type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';

export type Sighting = { readonly where: string; readonly marker: string };

const withDatabase = async <Value>(url: string, work: (client: Client) => Promise<Value>): Promise<Value> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const inDatabase = (url: string, name: string): string => {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
};

/** All tables of one database that hold a marker, as text or inside binary columns (shown in hexadecimal, as a dump does). */
const searchDatabase = (url: string, database: string, markers: readonly string[]): Promise<readonly Sighting[]> =>
  withDatabase(inDatabase(url, database), async (client) => {
    await client.query("SET bytea_output = 'hex'");
    const { rows: tables } = await client.query<{ schema: string; name: string }>(
      `SELECT schemaname AS schema, tablename AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const sightings: Sighting[] = [];
    for (const { schema, name } of tables) {
      for (const marker of markers) {
        const { rows } = await client.query<{ found: boolean }>(
          `SELECT EXISTS (SELECT FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)} AS searched
             WHERE strpos(lower(searched::text), $1) > 0 OR strpos(lower(searched::text), $2) > 0) AS found`,
          [marker.toLowerCase(), Buffer.from(marker, 'utf8').toString('hex')],
        );
        if (rows[0]?.found === true) sightings.push({ where: `${database}: ${schema}.${name}`, marker });
      }
    }
    return sightings;
  });

/** Searches every database of the cluster. */
export const searchDatabases = async (
  superuserUrl: string,
  markers: readonly string[],
): Promise<readonly Sighting[]> => {
  const names = await withDatabase(superuserUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT datname AS name FROM pg_database WHERE datallowconn');
    return rows.map(({ name }) => name).filter((name) => name !== 'template0');
  });
  const found: Sighting[] = [];
  for (const name of names) found.push(...(await searchDatabase(superuserUrl, name, markers)));
  return found;
};

const searchFile = async (path: string, markers: readonly Buffer[]): Promise<readonly string[]> => {
  const longest = Math.max(...markers.map(({ length }) => length));
  const seen = new Set<string>();
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    const window = Buffer.concat([tail, chunk]);
    for (const marker of markers) if (window.includes(marker)) seen.add(marker.toString('utf8'));
    tail = window.subarray(Math.max(0, window.length - longest + 1));
  }
  return [...seen];
};

const vanished = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** Searches every file below a folder. A file that goes away meanwhile holds nothing any more. */
export const searchFiles = async (folder: string, markers: readonly string[]): Promise<readonly Sighting[]> => {
  const needles = markers.map((marker) => Buffer.from(marker, 'utf8'));
  const sightings: Sighting[] = [];
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (vanished(error)) return [];
    throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sightings.push(...(await searchFiles(path, markers)));
    else if (entry.isFile()) {
      const found = await searchFile(path, needles).catch((error: unknown) => {
        if (vanished(error)) return [];
        throw error;
      });
      sightings.push(...found.map((marker) => ({ where: path, marker })));
    }
  }
  return sightings;
};
