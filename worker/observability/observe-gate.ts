/** The gate with its work counted: how many chunks came to what, how long they took, what failed. */
import type { EraseNextChunkResult, ErasureGate } from '../../storage/erasure-gate/index.ts';
import type { WorkerMetrics } from './metrics.ts';

const outcomeOf = (result: EraseNextChunkResult): string => {
  if (result.kind !== 'chunk') return result.kind;
  if (result.failed.length > 0) return 'failed';
  if (result.gone > 0) return 'gone';
  return result.kept.records > 0 ? 'kept' : 'nothing';
};

/** The same gate; nothing of what it answers or throws changes. */
export const observeGate = (gate: ErasureGate, metrics: WorkerMetrics): ErasureGate => ({
  ...gate,
  eraseNextChunk: async (input) => {
    const stop = metrics.gateSeconds.startTimer();
    try {
      const result = await gate.eraseNextChunk(input);
      metrics.gateChunks.inc({ outcome: outcomeOf(result) });
      if (result.kind === 'chunk') {
        metrics.recordsGone.inc(result.gone);
        for (const { code, records } of result.failed) metrics.gateFailures.inc({ code }, records);
      }
      return result;
    } catch (error) {
      metrics.gateChunks.inc({ outcome: 'broke' });
      metrics.gateFailures.inc({ code: 'broke-off' });
      throw error;
    } finally {
      stop();
    }
  },
});
