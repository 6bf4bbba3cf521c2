/** A scope as JSON in a request that waits for a second person, and back. Keyed hashes in hex; nobody is named. */
import { z } from 'zod';
import { recordClassId, recordId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import type { KeyedScope } from './clause-rows.ts';

const key = z
  .string()
  .regex(/^(?:[0-9a-f]{2})+$/)
  .transform((hex) => Buffer.from(hex, 'hex'));

const stored = z.array(
  z.object({
    record: z.string().transform(recordId).exactOptional(),
    subject: key.exactOptional(),
    attribute: key.exactOptional(),
    recordClass: z.string().transform(recordClassId).exactOptional(),
    triggers: z
      .object({
        from: z.string().transform(instant).exactOptional(),
        until: z.string().transform(instant).exactOptional(),
      })
      .exactOptional(),
  }),
);

/** The JSON text of a scope. */
export const storedScope = (scope: KeyedScope): string =>
  JSON.stringify(
    scope.map(({ subject, attribute, ...rest }) => ({
      ...rest,
      ...(subject !== undefined && { subject: subject.toString('hex') }),
      ...(attribute !== undefined && { attribute: attribute.toString('hex') }),
    })),
  );

/** The scope that `storedScope` wrote. Throws a `ZodError` for anything else. */
export const readStoredScope = (json: unknown): KeyedScope => stored.parse(json);
