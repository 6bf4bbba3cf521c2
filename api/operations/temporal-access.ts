/** The API's way to Temporal: connected when first needed and by itself again after an outage; nothing waits for it at start (I1). */
import { Client, Connection } from '@temporalio/client';
import { proceduresQueue } from '../../workflows/queues.ts';
import type { TemporalAccess } from '../http/context.ts';

/** Where Temporal is and which of its namespaces and queues are ours. */
export type TemporalAccessInput = {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  readonly queuePrefix: string;
  /** Address of the Temporal UI, without a slash at its end. */
  readonly uiUrl: string;
};

// The default lets two minutes pass before a broken channel is tried again.
const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 250, 'grpc.max_reconnect_backoff_ms': 3_000 };
const connectWithinMs = 5_000;

/** Makes the access and the means to end it. */
export const createTemporalAccess = ({
  address,
  namespace,
  queuePrefix,
  uiUrl,
}: TemporalAccessInput): { readonly access: TemporalAccess; readonly close: () => Promise<void> } => {
  const connection = Connection.lazy({ address, channelArgs, connectTimeout: connectWithinMs });
  const client = new Client({ connection, namespace, identity: 'oblio-api' });
  return {
    access: {
      client: async () => client,
      proceduresQueue: proceduresQueue(queuePrefix),
      workflowUrl: (workflowId) =>
        `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`,
    },
    close: () => connection.close(),
  };
};
