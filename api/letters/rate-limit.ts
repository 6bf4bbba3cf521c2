/**
 * Limits how often something may be tried in a minute, in this process: against load, and against guessing addresses by machine.
 *
 * Several API processes each admit their own share, and that is meant. Guessing a code is stopped elsewhere, for all processes
 * together: wrong codes are counted with the link in Postgres, and the link locks (`storage/letters/open-link.ts`). A shared counter
 * (`rate-limiter-flexible` on Postgres) would write a row for every address that a stranger makes up, which puts the load on the
 * database, and its expired rows have to be deleted, which is for the gate alone (I5).
 */
import { epochMs, type Instant } from '../../domain/time/instant.ts';

const windowMs = 60_000;
/** Keys kept at most; the window is short, so forgetting early costs little. */
const mostKeys = 10_000;

/** A counter of tries. */
export type RateLimit = {
  /** Counts one try under a key; `false` where it is one too many for this minute. */
  readonly admit: (key: string, now: Instant) => boolean;
};

/** Makes a limit of so many tries a minute for each key. */
export const createRateLimit = (triesPerMinute: number): RateLimit => {
  let windowStart = 0;
  let counts = new Map<string, number>();
  return {
    admit: (key, now) => {
      const at = epochMs(now);
      if (at - windowStart >= windowMs || at < windowStart || counts.size >= mostKeys) {
        windowStart = at;
        counts = new Map();
      }
      const tries = (counts.get(key) ?? 0) + 1;
      counts.set(key, tries);
      return tries <= triesPerMinute;
    },
  };
};
