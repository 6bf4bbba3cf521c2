/** The S3 client behind the object store, one per set of credentials: what each may do is said by the store's own policies. */
import http from 'node:http';
import https from 'node:https';
import { Client } from 'minio';

/** Where the objects are and who asks for them. */
export type StoreSettings = {
  /** `http://host:port` or `https://host`. */
  readonly endpoint: string;
  readonly region: string;
  /** Versioned, with object lock. */
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Connections kept open to the store; default 32. */
  readonly maxConnections?: number;
};

/** A client with connections that stay open. It does not retry: the caller knows what may be repeated. */
export const openStoreClient = (settings: StoreSettings): Client => {
  const { endpoint, region, accessKey, secretKey, maxConnections = 32 } = settings;
  const url = new URL(endpoint);
  const useSSL = url.protocol === 'https:';
  const agentOptions = { keepAlive: true, maxSockets: maxConnections };
  return new Client({
    endPoint: url.hostname,
    port: url.port === '' ? (useSSL ? 443 : 80) : Number(url.port),
    useSSL,
    region,
    accessKey,
    secretKey,
    pathStyle: true,
    transportAgent: useSSL ? new https.Agent(agentOptions) : new http.Agent(agentOptions),
    retryOptions: { disableRetry: true },
  });
};

/** The S3 code of a failed request (`AccessDenied`, `NoSuchKey` ...), the network's code, or the error's name. */
export const storeErrorCode = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && code !== '' ? code : error.name;
};
