/** Connections to Temporal: one of the SDK's core for polling, one of gRPC for calls. Both come back by themselves. */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';

/** Both connections and the client on the second; `close` ends them all. */
export type TemporalConnections = {
  readonly native: NativeConnection;
  readonly connection: Connection;
  readonly client: Client;
  readonly close: () => Promise<void>;
};

/** Where Temporal is, which namespace is ours, and under which name this process calls. */
export type ConnectTemporalInput = {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  /** What Temporal writes into histories about who acted; no host name, no person. */
  readonly identity: string;
};

// The default lets two minutes pass before a broken channel is tried again; a unit must have its workflow within one.
const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 250, 'grpc.max_reconnect_backoff_ms': 3_000 };

/** A connection for calls only, as tests, commands and the API need it. Rejects if the server does not answer in ten seconds. */
export const connectClient = async ({
  address,
  namespace,
  identity,
}: ConnectTemporalInput): Promise<{ readonly connection: Connection; readonly client: Client }> => {
  const connection = await Connection.connect({ address, channelArgs, connectTimeout: '10s' });
  return { connection, client: new Client({ connection, namespace, identity }) };
};

/** Both connections; rejects if the server does not answer in ten seconds. */
export const connectTemporal = async (input: ConnectTemporalInput): Promise<TemporalConnections> => {
  const { connection, client } = await connectClient(input);
  try {
    const native = await NativeConnection.connect({ address: input.address });
    return {
      native,
      connection,
      client,
      close: async () => {
        await native.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
};
