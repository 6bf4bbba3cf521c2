/**
 * What must agree inside a policy beyond the form of each field: names that refer to one another, and ids that appear once. Each
 * part is checked as soon as it has its form, so that one mistake does not hide the others.
 */
import type {
  EvidenceRequirement,
  FieldCondition,
  FieldDefinition,
  RecordClassPolicy,
} from '../domain/policy/policy.ts';
import { recordClassSchema } from './policy-schema.ts';

/** Where in a policy something is wrong, and why. */
export type PolicyFault = { readonly path: readonly PropertyKey[]; readonly reason: string };

// What must agree about the record classes that Oblio fills itself: the policy names a class for case files, one for
// packages and one for files of holds, of the form that Oblio registers them in, and marks no class as Oblio's own
// that nothing is registered in.

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
const ownClassFaults = (
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

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listAt = (document: unknown, key: string): readonly unknown[] => {
  const value = isObject(document) ? document[key] : undefined;
  return Array.isArray(value) ? value : [];
};

const textAt = (entry: unknown, key: string): string | undefined => {
  const value = isObject(entry) ? entry[key] : undefined;
  return typeof value === 'string' ? value : undefined;
};

const repeated = (entries: readonly unknown[], key: string, path: readonly PropertyKey[]): readonly PolicyFault[] => {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const value = textAt(entry, key);
    if (value === undefined || !seen.has(value)) {
      if (value !== undefined) seen.add(value);
      return [];
    }
    return [{ path: [...path, index, key], reason: `"${value}" is there twice; it must be unique` }];
  });
};

const missingField = (fieldName: string): string => `names the field "${fieldName}", which the class does not have`;

type ClassContext = { readonly path: readonly PropertyKey[]; readonly fields: ReadonlyMap<string, FieldDefinition> };

/** A coded field of the class and the values that are given to it. */
const codedField = (
  { fields }: ClassContext,
  fieldName: string,
  path: readonly PropertyKey[],
  values: readonly { readonly value: string; readonly path: readonly PropertyKey[] }[],
): readonly PolicyFault[] => {
  const definition = fields.get(fieldName);
  if (!definition) return [{ path, reason: missingField(fieldName) }];
  const known = definition.values;
  if (!known) return [{ path, reason: `"${fieldName}" is no field of kind code, so its values are not known` }];
  return values
    .filter(({ value }) => !known.includes(value))
    .map((entry) => ({
      path: entry.path,
      reason: `"${entry.value}" is no value of "${fieldName}" (${known.join(', ')})`,
    }));
};

const checkCondition = (context: ClassContext, condition: FieldCondition | undefined, path: readonly PropertyKey[]) =>
  condition === undefined
    ? []
    : codedField(
        context,
        condition.field,
        [...path, 'field'],
        [{ value: condition.equals, path: [...path, 'equals'] }],
      );

const checkTrigger = (context: ClassContext, { trigger }: RecordClassPolicy): readonly PolicyFault[] => {
  const path = [...context.path, 'trigger'];
  const { byField, timeFields = {}, knownAhead = [] } = trigger;
  const events = new Set([trigger.event, ...Object.values(byField?.events ?? {})]);
  const byFieldPath = [...path, 'byField'];
  const byFieldFaults = byField
    ? codedField(
        context,
        byField.field,
        [...byFieldPath, 'field'],
        Object.keys(byField.events).map((value) => ({ value, path: [...byFieldPath, 'events', value] })),
      )
    : [];
  const undecided = (context.fields.get(byField?.field ?? '')?.values ?? [])
    .filter((value) => byField?.events[value] === undefined)
    .map((value) => ({ path: [...byFieldPath, 'events'], reason: `says no event for the value "${value}"` }));
  const timeFaults = Object.entries(timeFields).flatMap(([event, fieldName]) => {
    const here = [...path, 'timeFields', event];
    if (!events.has(event)) return [{ path: here, reason: `"${event}" is no trigger event of this class` }];
    const definition = context.fields.get(fieldName);
    if (!definition) return [{ path: here, reason: missingField(fieldName) }];
    return definition.kind === 'instant' ? [] : [{ path: here, reason: `"${fieldName}" is no field of kind instant` }];
  });
  const aheadFaults = knownAhead.flatMap((event, index) =>
    events.has(event)
      ? []
      : [{ path: [...path, 'knownAhead', index], reason: `"${event}" is no trigger event of this class` }],
  );
  return [...byFieldFaults, ...undecided, ...timeFaults, ...aheadFaults];
};

const checkBases = (context: ClassContext, { legalBasisByField }: RecordClassPolicy): readonly PolicyFault[] => {
  if (!legalBasisByField) return [];
  const path = [...context.path, 'legalBasisByField'];
  const values = Object.keys(legalBasisByField.bases).map((value) => ({ value, path: [...path, 'bases', value] }));
  return codedField(context, legalBasisByField.field, [...path, 'field'], values);
};

const checkEvidence = (
  context: ClassContext,
  { field, when, notAfter }: EvidenceRequirement,
  path: readonly PropertyKey[],
): readonly PolicyFault[] => {
  const instantField = (name: string, here: readonly PropertyKey[]): readonly PolicyFault[] => {
    const definition = context.fields.get(name);
    if (!definition) return [{ path: here, reason: missingField(name) }];
    return definition.kind === 'instant' ? [] : [{ path: here, reason: `"${name}" is no field of kind instant` }];
  };
  const missing = context.fields.has(field) ? [] : [{ path: [...path, 'field'], reason: missingField(field) }];
  return [
    ...missing,
    ...checkCondition(context, when, [...path, 'when']),
    ...(notAfter === undefined || missing.length > 0 ? [] : instantField(field, [...path, 'field'])),
    ...(notAfter ?? []).flatMap((name, index) =>
      name === 'trigger' ? [] : instantField(name, [...path, 'notAfter', index]),
    ),
  ];
};

const checkClass = (
  recordClass: RecordClassPolicy,
  path: readonly PropertyKey[],
  recipients: ReadonlySet<string>,
): readonly PolicyFault[] => {
  const context = { path, fields: new Map(recordClass.fields.map((field) => [field.name, field])) };
  return [
    ...recordClass.recipients.flatMap((id, index) =>
      recipients.has(id)
        ? []
        : [{ path: [...path, 'recipients', index], reason: `"${id}" is not among the recipients` }],
    ),
    ...repeated(recordClass.fields, 'name', [...path, 'fields']),
    ...recordClass.fields.flatMap(({ requiredWhen }, index) =>
      checkCondition(context, requiredWhen, [...path, 'fields', index, 'requiredWhen']),
    ),
    ...recordClass.evidence.flatMap((evidence, index) =>
      checkEvidence(context, evidence, [...path, 'evidence', index]),
    ),
    ...checkTrigger(context, recordClass),
    ...checkBases(context, recordClass),
    ...(recordClass.periodSetBy === 'controller' && recordClass.periodSource === undefined
      ? [{ path: [...path, 'periodSource'], reason: 'is missing: a period the notice does not give needs its act' }]
      : []),
  ];
};

/** Everything that does not agree in a policy document, whether or not the rest of it has its form. */
export const policyFaults = (document: unknown): readonly PolicyFault[] => {
  const recipientIds = listAt(document, 'recipients').flatMap((entry) => textAt(entry, 'id') ?? []);
  const lists = ['recipients', 'recordClasses', 'notRecords', 'optOuts', 'commitments'];
  const classes = listAt(document, 'recordClasses').flatMap((entry, index) => {
    const recordClass = recordClassSchema.safeParse(entry);
    return recordClass.success ? [{ recordClass: recordClass.data, index }] : [];
  });
  const at = (section: string, key: string): string | undefined =>
    textAt(isObject(document) ? document[section] : undefined, key);
  return [
    ...lists.flatMap((key) => repeated(listAt(document, key), 'id', [key])),
    ...classes.flatMap(({ recordClass, index }) =>
      checkClass(recordClass, ['recordClasses', index], new Set(recipientIds)),
    ),
    ...ownClassFaults(
      {
        caseFileClass: at('rightsRequests', 'caseFileClass'),
        packageClass: at('rightsRequests', 'packageClass'),
        fileClass: at('holds', 'fileClass'),
      },
      classes,
    ),
  ];
};
