/**
 * What must agree about the record classes that Oblio fills itself: the policy names a class for case files and one for packages, of
 * the form that Oblio registers them in, and marks no class as Oblio's own that nothing is registered in.
 */
import type { RecordClassPolicy } from '../domain/policy.ts';
import type { PolicyFault } from './policy-fault.ts';

type Purpose = 'caseFileClass' | 'packageClass';

const requirements: Readonly<
  Record<Purpose, { readonly content: RecordClassPolicy['content']; readonly what: string }>
> = {
  caseFileClass: { content: 'sealed-text', what: 'case files' },
  packageClass: { content: 'objects', what: 'packages' },
};

const formFaults = (recordClass: RecordClassPolicy, purpose: Purpose): readonly string[] => {
  const { content, what } = requirements[purpose];
  return [
    ...(recordClass.origin === 'oblio' ? [] : [`"${recordClass.id}" is not of origin oblio`]),
    // Reopening a case moves the date of its file alone.
    ...(recordClass.unitSize === 'record'
      ? []
      : [`"${recordClass.id}" must have units of a record: ${what} are dated singly`]),
    ...(recordClass.content === content
      ? []
      : [`"${recordClass.id}" must have content "${content}", the form of ${what}`]),
    ...(recordClass.trigger.byField === undefined && recordClass.trigger.timeFields === undefined
      ? []
      : [`"${recordClass.id}" must have one trigger event, whose time Oblio knows`]),
  ];
};

/** The faults of section `rightsRequests` and of the classes it names, as far as both have their form. */
export const ownClassFaults = (
  named: Readonly<Partial<Record<Purpose, string>>>,
  classes: readonly { readonly recordClass: RecordClassPolicy; readonly index: number }[],
): readonly PolicyFault[] => {
  const purposes: readonly Purpose[] = ['caseFileClass', 'packageClass'];
  const namedFaults = purposes.flatMap((purpose): readonly PolicyFault[] => {
    const id = named[purpose];
    if (id === undefined) return [];
    const path = ['rightsRequests', purpose];
    const found = classes.find(({ recordClass }) => recordClass.id === id);
    if (found === undefined) return [{ path, reason: `"${id}" is not among the record classes` }];
    return formFaults(found.recordClass, purpose).map((reason) => ({ path, reason }));
  });
  const twice =
    named.caseFileClass !== undefined && named.caseFileClass === named.packageClass
      ? [{ path: ['rightsRequests', 'packageClass'], reason: 'must be another class than that of case files' }]
      : [];
  const known = new Set(Object.values(named));
  const idle = classes.flatMap(({ recordClass, index }): readonly PolicyFault[] =>
    recordClass.origin === 'oblio' && !known.has(recordClass.id)
      ? [
          {
            path: ['recordClasses', index, 'origin'],
            reason:
              'says oblio, but section rightsRequests does not name this class: nothing would be registered in it',
          },
        ]
      : [],
  );
  return [...namedFaults, ...twice, ...idle];
};
