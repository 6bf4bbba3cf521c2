/** What is answered to a command: accepted with the events that follow, or refused with a code of the closed list. */
import type { CaseEvent } from './events.ts';
import type { Refusal, RefusalCode } from './refusals.ts';

/**
 * The answer to a command. Nothing has changed after `refused`; after `accepted` the events are still to be recorded.
 */
export type Verdict =
  | { readonly kind: 'accepted'; readonly events: readonly CaseEvent[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Accepts with the events that follow. */
export const accepted = (...events: readonly CaseEvent[]): Verdict => ({ kind: 'accepted', events });

/** Refuses with a code of the closed list. */
export const refused = (code: RefusalCode, detail?: string): Verdict => ({
  kind: 'refused',
  refusal: { code, ...(detail === undefined ? {} : { detail }) },
});
