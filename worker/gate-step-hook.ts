/**
 * For crash tests: OBLIO_TEST_GATE_STEP names a line of the gate at which the process kills itself, the hard way. Only where time
 * travel is allowed, which production never is.
 */
import { type GateStep, gateSteps } from '../storage/erasure-gate/index.ts';

const isGateStep = (name: string): name is GateStep => gateSteps.some((step) => step === name);

/** The hook for the gate, or `undefined` where none is asked for. Throws a `RangeError` for a step that does not exist. */
export const gateStepHook = (environment: NodeJS.ProcessEnv): ((step: GateStep) => Promise<void>) | undefined => {
  const wanted = environment.OBLIO_TEST_GATE_STEP;
  if (wanted === undefined || wanted === '' || environment.OBLIO_TIME_TRAVEL !== 'allowed') return undefined;
  if (!isGateStep(wanted)) throw new RangeError(`OBLIO_TEST_GATE_STEP names no step of the gate: ${wanted}`);
  return async (step) => {
    if (step === wanted) process.kill(process.pid, 'SIGKILL');
  };
};
