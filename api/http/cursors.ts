/** Cursors of paged lists: opaque to callers, and checked like any other input when they come back. */
import { isUuid } from '../../domain/ids.ts';
import { type Instant, parseInstant } from '../../domain/time/instant.ts';
import { refusal } from './problems.ts';

/** A place in a list sorted by time and id. */
export type Place = { readonly at: Instant; readonly id: string };

/** Writes a cursor. */
export const cursorOf = ({ at, id }: Place): string => Buffer.from(`${at}|${id}`, 'utf8').toString('base64url');

/** The refusal of a cursor that the list in question did not hand out. */
export const foreignCursor = () =>
  refusal('invalid-parameters', {
    detail: 'The cursor was not made by this list.',
    errors: [{ field: 'cursor', code: 'invalid', detail: 'pass nextCursor of the page before, unchanged' }],
  });

/** Reads a cursor; anything that this API did not hand out is refused. */
export const placeOf = (cursor: string): Place => {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
  const parsed = parseInstant(at);
  if (!parsed.ok || !isUuid(id)) throw foreignCursor();
  return { at: parsed.value, id };
};

/**
 * The page to answer with, out of what was found, and the cursor of the next one. Lists ask for one entry more than a page has: it is
 * not shown, it only shows that there is a further page.
 */
export const pageOf = <Item>(
  found: readonly Item[],
  limit: number,
  cursorAfter: (last: Item) => string,
): { readonly shown: readonly Item[]; readonly nextCursor?: string } => {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return found.length > limit && last !== undefined ? { shown, nextCursor: cursorAfter(last) } : { shown };
};
