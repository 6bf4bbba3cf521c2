/**
 * Metrics of Temporal's SDK. Its core can only serve them on a port of its own; that port is a free one of the loopback interface,
 * and our page copies from it, so that Prometheus needs one address for the process.
 */
import { createServer } from 'node:net';
import type { MetricsExporterConfig } from '@temporalio/worker';

const freeLoopbackPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('The loopback interface gave no port')),
      );
    });
  });

/** The SDK's exporter on a port of its own, and the way to copy its page. */
export type SdkMetrics = {
  /** For `Runtime.install`. */
  readonly exporter: MetricsExporterConfig;
  /** The exporter's page as text; empty while it does not answer. */
  readonly read: () => Promise<string>;
};

/** Chooses the port. */
export const sdkMetrics = async (): Promise<SdkMetrics> => {
  const bindAddress = `127.0.0.1:${await freeLoopbackPort()}`;
  return {
    exporter: {
      prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
    },
    read: async () => {
      try {
        const page = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(2_000) });
        return await page.text();
      } catch (error) {
        // Our own figures are worth showing without the SDK's.
        if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return '';
        throw error;
      }
    },
  };
};
