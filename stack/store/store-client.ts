// The store as the stack itself uses it, whichever it is: a client, and the bucket with object lock.

import { Client } from 'minio';
import { StackError } from '../process/stack-error.ts';

/** A user of the store; `secretKey` is a secret. */
export type KeyPair = { accessKey: string; secretKey: string };

/** A client for the store's endpoint (`http://host:port` or `https://host`), path style. */
export function storeClient(endpoint: string, region: string, keys: KeyPair): Client {
  const url = new URL(endpoint);
  const useSSL = url.protocol === 'https:';
  return new Client({
    endPoint: url.hostname,
    port: url.port ? Number(url.port) : useSSL ? 443 : 80,
    useSSL,
    region,
    pathStyle: true,
    accessKey: keys.accessKey,
    secretKey: keys.secretKey,
  });
}

/** Makes sure the bucket exists with object lock, which brings versioning; says so when a bucket of that name has none. */
export async function ensureBucket(
  endpoint: string,
  region: string,
  administrator: KeyPair,
  name: string,
): Promise<void> {
  const client = storeClient(endpoint, region, administrator);
  if (!(await client.bucketExists(name))) {
    await client.makeBucket(name, region, { ObjectLocking: true });
    return;
  }
  try {
    await client.getObjectLockConfig(name);
  } catch {
    throw new StackError(
      `The bucket ${name} exists without object lock, which cannot be switched on later. Choose another name with S3_BUCKET.`,
    );
  }
}
