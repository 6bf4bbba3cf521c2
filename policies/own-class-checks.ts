/**
 * What must agree about the record classes that Oblio fills itself: the policy names a class for case files, one for packages and one
 * for files of holds, of the form that Oblio registers them in, and marks no class as Oblio's own that nothing is registered in.
 */
import type { RecordClassPolicy } from '../domain/policy/policy.ts';
import type { PolicyFault } from './policy-fault.ts';

type Purpose = 'caseFileClass' | 'packageClass' | 'fileClass';

type Requirement = {
  /** The section of the policy that names the class. */
  readonly section: 'rightsRequests' | 'holds';
  readonly content: RecordClassPolicy['content'];
  readonly what: string;
};

const requirements: Readonly<Record<Purpose, Requirement>> = {
  caseFileClass: { section: 'rightsRequests', content: 'sealed-text', what: 'case files' },
  packageClass: { section: 'rightsRequests', content: 'objects', what: 'packages' },
  fileClass: { section: 'holds', content: 'sealed-text', what: 'files of holds' },
};
const purposes: readonly Purpose[] = ['caseFileClass', 'packageClass', 'fileClass'];

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

/** The faults of the sections `rightsRequests` and `holds` and of the classes they name, as far as these have their form. */
export const ownClassFaults = (
  named: Readonly<Record<Purpose, string | undefined>>,
  classes: readonly { readonly recordClass: RecordClassPolicy; readonly index: number }[],
): readonly PolicyFault[] => {
  const namedFaults = purposes.flatMap((purpose, place): readonly PolicyFault[] => {
    const id = named[purpose];
    if (id === undefined) return [];
    const path = [requirements[purpose].section, purpose];
    const found = classes.find(({ recordClass }) => recordClass.id === id);
    if (found === undefined) return [{ path, reason: `"${id}" is not among the record classes` }];
    const taken = purposes.slice(0, place).find((other) => named[other] === id);
    const twice = taken === undefined ? [] : [`must be another class than that of ${requirements[taken].what}`];
    return [...formFaults(found.recordClass, purpose), ...twice].map((reason) => ({ path, reason }));
  });
  const known = new Set(Object.values(named));
  const idle = classes.flatMap(({ recordClass, index }): readonly PolicyFault[] =>
    recordClass.origin === 'oblio' && !known.has(recordClass.id)
      ? [
          {
            path: ['recordClasses', index, 'origin'],
            reason:
              'says oblio, but neither rightsRequests nor holds names this class: nothing would be registered in it',
          },
        ]
      : [],
  );
  return [...namedFaults, ...idle];
};
