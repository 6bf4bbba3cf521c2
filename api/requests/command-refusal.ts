/** How the refusal of a command, real or previewed, is answered. */
import { type Refusal, refusals } from '../../domain/rights-request/refusals.ts';
import { refusal as problemOf } from '../problems.ts';

/**
 * The problem details of a refusal: its own code and status out of the closed list, so that a caller need not know
 * which of the two judged.
 */
export const commandRefusal = ({ code, detail }: Refusal) =>
  problemOf(code, { detail: detail ?? refusals[code].title });
