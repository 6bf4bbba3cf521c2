/** How the refusal of a command, real or previewed, is answered. */
import { type Refusal, refusals } from '../../domain/rights-request/refusals.ts';
import { refusal as problemOf } from '../problems.ts';

export const commandRefusal = ({ code, detail }: Refusal) =>
  problemOf(code, { detail: detail ?? refusals[code].title });
