/** Whom the tests of the search look for, and when. */
import { randomUUID } from 'node:crypto';
import { days } from '../../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../../domain/time/instant.ts';
import type { Identifier } from './stored-cases.ts';

export const now = instant('2026-03-10T09:00:00Z');
export const lately = (count: number): Instant => instantPlus(now, -days(count));

/** A person nobody else is. */
export const person = (): { readonly id: Identifier; readonly phone: Identifier; readonly email: Identifier } => {
  const name = randomUUID();
  return {
    id: { kind: 'controller-subject-id', value: name },
    phone: { kind: 'phone', value: `+39${name}` },
    email: { kind: 'email', value: `${name}@example.it` },
  };
};

export const idOf = ({ recordId }: { readonly recordId: string }) => recordId;
