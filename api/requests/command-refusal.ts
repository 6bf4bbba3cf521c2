/** How the refusal of a command, real or previewed, is answered. */

import { type Refusal, refusals } from '../../domain/request/course/refusals.ts';
import { refusalDetail } from '../../domain/request/decision/refusal-advice.ts';
import { refusal as problemOf } from '../http/problems.ts';

/** Every code of the closed list, for the routes that answer with them. */
export const refusalCodes = Object.keys(refusals) as readonly (keyof typeof refusals)[];

/**
 * The problem details of a refusal: its own code and status out of the closed list, so that a caller need not know
 * which of the two judged.
 */
export const commandRefusal = (refused: Refusal) => problemOf(refused.code, { detail: refusalDetail(refused) });
