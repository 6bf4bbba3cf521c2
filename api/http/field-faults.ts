/** Turns what zod found wrong into faults that name the field, with codes of ours and without values. */
import type { ZodError } from 'zod';
import type { FieldFault } from './problems.ts';

type Issue = ZodError['issues'][number];

const longestName = 80;
const mostFaults = 50;

/** A field name as an answer may repeat it: cut, so that an answer never grows with its question. */
export const shownName = (name: string): string =>
  name.length > longestName ? `${name.slice(0, longestName)}…` : name;

const pathOf = (path: readonly PropertyKey[]): string => shownName(path.map(String).join('.')) || 'body';

const faultsOf = (issue: Issue): FieldFault[] => {
  const field = pathOf(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: pathOf([...issue.path, key]),
        code: 'unknown-field',
        detail: 'there is no such field',
      }));
    case 'invalid_type':
      return /received undefined/.test(issue.message)
        ? [{ field, code: 'required', detail: 'is missing' }]
        : [{ field, code: 'invalid-type', detail: `must be of type ${issue.expected}` }];
    case 'too_big':
      return [{ field, code: 'too-long', detail: `may have at most ${String(issue.maximum)}` }];
    case 'too_small':
      return [{ field, code: 'too-short', detail: `must have at least ${String(issue.minimum)}` }];
    case 'invalid_value':
      return [{ field, code: 'not-in-list', detail: `must be one of ${issue.values.map(String).join(', ')}` }];
    case 'custom':
      return [{ field, code: 'invalid', detail: issue.message }];
    default:
      return [{ field, code: 'invalid-form', detail: 'does not have the form that is described for it' }];
  }
};

/** At most fifty faults: enough to mend a form, not enough to be made to write books. */
export const firstFaults = (faults: readonly FieldFault[]): readonly FieldFault[] =>
  faults.length <= mostFaults
    ? faults
    : [
        ...faults.slice(0, mostFaults),
        { field: 'body', code: 'more-faults', detail: `and ${faults.length - mostFaults} more` },
      ];

/** The faults of a value that does not have its schema's form. */
export const schemaFaults = (error: ZodError): readonly FieldFault[] => firstFaults(error.issues.flatMap(faultsOf));
