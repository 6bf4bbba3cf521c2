/**
 * On which legal basis a record is held (Art. 6(1)): what the policy version that dated it says of its class, or of the value that
 * one of its coded fields has.
 */
import { z } from 'zod';
import type { ControllerId, RecordClassId } from '../../domain/ids.ts';
import type { LegalBasis } from '../../domain/policy/policy.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import type { RecordContent } from '../records/record-content.ts';

/** A basis as a manifest or a policy version has it stored. */
export const legalBasisSchema = z.object({
  article: z.enum(['6.1.a', '6.1.b', '6.1.c', '6.1.d', '6.1.e', '6.1.f']),
  source: z.string(),
  note: z.string().exactOptional(),
});

const document = z.object({
  recordClasses: z.array(
    z.object({
      id: z.string(),
      legalBasis: legalBasisSchema,
      legalBasisByField: z.object({ field: z.string(), bases: z.record(z.string(), legalBasisSchema) }).optional(),
    }),
  ),
});

/** What a policy version says about the basis of a class. */
export type ClassBasis = {
  readonly legalBasis: LegalBasis;
  readonly byField?: { readonly field: string; readonly bases: Readonly<Record<string, LegalBasis>> };
};

/** The basis of a record; `fields` are asked for only where one of them decides. */
export const basisOf = ({ legalBasis: usual, byField }: ClassBasis, fields: RecordContent['fields']): LegalBasis => {
  const value = byField === undefined ? undefined : fields[byField.field];
  return typeof value === 'string' && byField !== undefined && Object.hasOwn(byField.bases, value)
    ? (byField.bases[value] ?? usual)
    : usual;
};

/** Looks bases up; each policy version is read once. Throws where a record names a version or class that is not stored. */
export const basisLookup = (controller: ControllerId) => {
  const versions = new Map<number, ReadonlyMap<string, ClassBasis>>();
  return async (
    db: Database | DatabaseTransaction,
    version: number,
    recordClass: RecordClassId,
  ): Promise<ClassBasis> => {
    let classes = versions.get(version);
    if (classes === undefined) {
      const row = await db
        .selectFrom('policy_version')
        .select('document')
        .where('controller', '=', controller)
        .where('version', '=', version)
        .executeTakeFirstOrThrow();
      classes = new Map(
        document
          .parse(row.document)
          .recordClasses.map(({ id, legalBasis: usual, legalBasisByField: byField }) => [
            id,
            { legalBasis: usual, ...(byField === undefined ? {} : { byField }) },
          ]),
      );
      versions.set(version, classes);
    }
    const found = classes.get(recordClass);
    if (found === undefined) throw new RangeError(`Policy version ${version} has no record class ${recordClass}`);
    return found;
  };
};
