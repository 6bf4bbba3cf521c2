/** Policies as data: what a right one gives, how a wrong one is refused, and that a new controller needs a new file only. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import { instant } from '../../domain/time/instant.ts';
import { type LoadedPolicy, loadPolicies, PolicyError } from '../../policies/load-policies.ts';
import { comparePolicy, policyDigest, refusalToStart } from '../../policies/policy-version.ts';

const shipped = new URL('../../policies', import.meta.url).pathname;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oblio-policies-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const byController = async (from: string): Promise<ReadonlyMap<string, LoadedPolicy>> =>
  new Map((await loadPolicies({ folder: from })).map((loaded) => [loaded.policy.controller, loaded]));

const policyOf = async (controller: string) => {
  const loaded = (await byController(shipped)).get(controller);
  if (!loaded) throw new Error(`no policy of ${controller}`);
  return loaded.policy;
};

/** Loads the INPS policy after an edit and returns the faults, file path stripped. */
const faultsAfter = async (edit: (source: string) => string): Promise<readonly string[]> => {
  const source = await readFile(join(shipped, 'inps.yaml'), 'utf8');
  const edited = edit(source);
  expect(edited).not.toBe(source);
  await writeFile(join(folder, 'inps.yaml'), edited);
  const thrown: unknown = await loadPolicies({ folder }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown === undefined) return [];
  if (!(thrown instanceof PolicyError)) throw thrown;
  return thrown.faults.map((fault) => fault.replace(`${folder}/`, ''));
};

const lineOf = async (marker: string): Promise<number> => {
  const source = await readFile(join(shipped, 'inps.yaml'), 'utf8');
  return source.slice(0, source.indexOf(marker)).split('\n').length;
};

describe('the shipped policies', () => {
  test('hold every record class of both notices with its rule, trigger and unit size', async () => {
    const rows = (await loadPolicies({ folder: shipped })).flatMap(({ policy }) =>
      policy.recordClasses.map(({ id, rule, trigger, unitSize, periodSetBy }) => [
        policy.controller,
        id,
        rule.kind === 'at-most' ? rule.period : `day ${rule.days} after`,
        trigger.byField?.events ?? trigger.event,
        unitSize,
        periodSetBy,
      ]),
    );
    expect(rows).toEqual([
      ['comune-di-milano', 'booking', 'P6M', 'appointment', 'record', 'controller'],
      ['comune-di-milano', 'enquiry', 'P6M', 'enquiry-closing', 'record', 'controller'],
      [
        'comune-di-milano',
        'survey-invitation',
        'day 3 after',
        { 'infoline-quality': 'sending', 'booked-service-experience': 'appointment' },
        'record',
        'notice',
      ],
      ['comune-di-milano', 'rights-request-file', 'P5Y', 'closing', 'record', 'controller'],
      ['comune-di-milano', 'rights-request-package', 'P60D', 'package-made', 'record', 'controller'],
      ['comune-di-milano', 'hold-file', 'P5Y', 'release', 'record', 'controller'],
      ['inps', 'portal-interaction', 'P5Y', 'interaction', 'day', 'notice'],
      ['inps', 'chat', 'P5Y', 'chat-end', 'record', 'notice'],
      ['inps', 'sms', 'P5Y', 'sending', 'day', 'notice'],
      ['inps', 'call-recording', 'P6M', 'call', 'record', 'notice'],
      ['inps', 'rights-request-file', 'P5Y', 'closing', 'record', 'controller'],
      ['inps', 'rights-request-package', 'P60D', 'package-made', 'record', 'controller'],
      ['inps', 'hold-file', 'P5Y', 'release', 'record', 'controller'],
    ]);
  });

  test('keep files of rights requests and of holds as archival documents, and packages as copies, all of Oblio itself', async () => {
    for (const { policy } of await loadPolicies({ folder: shipped })) {
      const { caseFileClass, packageClass } = policy.rightsRequests;
      const own = policy.recordClasses.filter(({ origin }) => origin === 'oblio');
      expect(own.map(({ id }) => id)).toEqual([caseFileClass, packageClass, policy.holds.fileClass]);
      const archival = ['selection-plan', 'not-archival', 'selection-plan'];
      expect(own.map(({ archivalBasis }) => archivalBasis.kind)).toEqual(archival);
      for (const { periodSetBy, periodSource } of own) {
        expect(periodSetBy).toBe('controller');
        expect(periodSource).toContain('da confermare');
      }
    }
  });

  test('name the contacts, recipients, opt-outs and what never becomes a record', async () => {
    const [inps, milano] = [await policyOf('inps'), await policyOf('comune-di-milano')];
    expect(inps.dpo).toMatchObject({
      address: 'Via Ciro il Grande 21, 00144 Roma',
      pec: 'responsabileprotezionedati.inps@postacert.inps.gov.it',
      email: 'responsabileprotezionedati@inps.it',
    });
    expect(inps.notARequest).toBe('no-reply');
    expect(inps.optOuts.map(({ id }) => id)).toEqual(['informative-material', 'satisfaction-surveys']);
    expect(inps.notRecords.map(({ id }) => id)).toEqual(['navigation-data', 'anonymous-statistics']);
    expect(milano.channels.map(({ address }) => address)).toContain('ITeD@comune.milano.it');
    expect(milano.dpo.email).toBe('dpo@Comune.Milano.it');
    expect(milano.recipients.map(({ name }) => name)).toEqual([
      'GPI S.p.A.',
      'Enterprise Services Italia S.r.l.',
      'Intellera Consulting S.p.A.',
    ]);
    expect(milano.optOuts.map(({ id }) => id)).toEqual(['further-surveys']);
    expect(milano.notRecords.map(({ id }) => id)).toContain('survey-response');
  });

  test('ask for the evidence the notices promise, and keep recordings in the confidential archive', async () => {
    const recording = (await policyOf('inps')).recordClasses.find(({ id }) => id === 'call-recording');
    expect(recording?.evidence).toMatchObject([
      { field: 'toldAt', notAfter: ['recordingBeganAt', 'trigger'] },
      { field: 'announcementVersion' },
    ]);
    expect(recording?.access).toBe('reasoned-request');
    expect(recording?.keptLongerFor?.map(({ suspension }) => suspension)).toEqual(['legal-obligation']);
    expect(recording?.fields.filter(({ holdScope }) => holdScope).map(({ name }) => name)).toEqual(['claimNumber']);
    const invitation = (await policyOf('comune-di-milano')).recordClasses.find(({ id }) => id === 'survey-invitation');
    expect(invitation?.evidence).toMatchObject([
      { field: 'smsAuthorisedAt', when: { field: 'channel', equals: 'sms' }, notAfter: ['sentAt'] },
    ]);
    expect(invitation?.legalBasis.article).toBe('6.1.e');
    expect(invitation?.legalBasisByField?.bases.sms?.article).toBe('6.1.a');
  });

  test('give every class an archival basis, purposes and a notice line in two languages', async () => {
    for (const { policy } of await loadPolicies({ folder: shipped })) {
      for (const recordClass of policy.recordClasses) {
        expect(['not-archival', 'selection-plan', 'authorisation']).toContain(recordClass.archivalBasis.kind);
        for (const { it, en } of [recordClass.title, recordClass.description, ...recordClass.purposes]) {
          expect(it).not.toBe(en);
        }
        expect(recordClass.notice.section.length).toBeGreaterThan(10);
      }
    }
  });
});

describe('I12: a wrong policy is refused with file, line, column, field and reason', () => {
  test.each([
    [
      'an unknown field',
      'notARequest: no-reply',
      'notARequest: no-reply\nretention: long',
      'retention: is no field of a policy',
    ],
    [
      'a value outside the list',
      'notARequest: no-reply',
      'notARequest: silence',
      'notARequest: must be no-reply or short-note',
    ],
    ['a time zone nobody knows', 'timeZone: Europe/Rome', 'timeZone: Europe/Roma', 'timeZone: is no time zone'],
    ['an impossible date', 'validFrom: "2020-12-30"', 'validFrom: "2020-02-30"', 'validFrom: 2020-02-30 is no date'],
    ['a version of zero', 'version: 3', 'version: 0', 'version: must be 1 or more'],
    ['a period with hours', 'period: P5Y', 'period: PT5H', 'recordClasses[0].rule.period: a period is'],
    [
      'a lead as long as the period',
      'period: P5Y, lead: P1D',
      'period: P5Y, lead: P1825D',
      'recordClasses[0].rule.lead: must be shorter than',
    ],
    [
      'a lead in months',
      'period: P5Y, lead: P1D',
      'period: P5Y, lead: P1M',
      'recordClasses[0].rule.lead: must be a number of days',
    ],
    ['an unknown rule', 'kind: at-most', 'kind: about', 'recordClasses[0].rule.kind: is none of the known kinds'],
    [
      'a recipient nobody named',
      'recipients: [competent-authorities]',
      'recipients: [gpi]',
      'recordClasses[0].recipients[0]: "gpi" is not among the recipients',
    ],
    [
      'an evidence field the class lacks',
      '- field: toldAt',
      '- field: heardAt',
      'recordClasses[3].evidence[0].field: names the field "heardAt"',
    ],
    [
      'evidence that must precede a field the class lacks',
      'notAfter: [recordingBeganAt, trigger]',
      'notAfter: [recordedAt, trigger]',
      'recordClasses[3].evidence[0].notAfter[0]: names the field "recordedAt"',
    ],
    [
      'evidence that must precede what is no time',
      'notAfter: [recordingBeganAt, trigger]',
      'notAfter: [announcementVersion]',
      'recordClasses[3].evidence[0].notAfter[0]: "announcementVersion" is no field of kind instant',
    ],
    ['a class twice', '- id: sms', '- id: chat', 'recordClasses[2].id: "chat" is there twice'],
    [
      'a code without its list',
      'values: [automated, operator]',
      'values: []',
      'recordClasses[2].fields[0].values: must list at least one value',
    ],
    [
      'no English beside the Italian',
      'it: Conversazioni in chat\n      en: Chat conversations',
      'it: Conversazioni in chat',
      'recordClasses[1].title.en: is missing',
    ],
  ])('%s', async (_what, from, to, expected) => {
    const faults = await faultsAfter((source) => source.replace(from, to));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^inps\.yaml:\d+:\d+ /);
    expect(faults[0]).toContain(expected);
  });

  test.each([
    [
      'a class for case files that sources fill',
      'caseFileClass: rights-request-file',
      'caseFileClass: sms',
      'rightsRequests.caseFileClass: "sms" is not of origin oblio',
    ],
    [
      'a class for packages that is not there',
      'packageClass: rights-request-package',
      'packageClass: parcels',
      'rightsRequests.packageClass: "parcels" is not among the record classes',
    ],
    [
      'packages in the class of case files',
      'packageClass: rights-request-package',
      'packageClass: rights-request-file',
      'rightsRequests.packageClass: must be another class than that of case files',
    ],
    [
      'a class of Oblio that nothing is registered in',
      '- id: call-recording\n',
      '- id: call-recording\n    origin: oblio\n',
      'recordClasses[3].origin: says oblio, but neither rightsRequests nor holds names this class',
    ],
    [
      'files of holds in the class of case files',
      'fileClass: hold-file',
      'fileClass: rights-request-file',
      'holds.fileClass: must be another class than that of case files',
    ],
    ['no class for files of holds', 'holds: { fileClass: hold-file }\n', '', 'holds: is missing'],
  ])('the classes that Oblio fills: %s', async (_what, from, to, expected) => {
    const faults = await faultsAfter((source) => source.replace(from, to));
    expect(faults.join('\n')).toMatch(/^inps\.yaml:\d+:\d+ /);
    expect(faults.join('\n')).toContain(expected);
  });

  test('the line and column are those of the field', async () => {
    const line = await lineOf('timeZone: Europe/Rome');
    const [fault] = await faultsAfter((source) => source.replace('timeZone: Europe/Rome', 'timeZone: Europe/Roma'));
    expect(fault).toContain(`inps.yaml:${line}:1 `);
    const classLine = await lineOf('recipients: [competent-authorities]');
    const [inside] = await faultsAfter((source) =>
      source.replace('recipients: [competent-authorities]', 'recipients: [gpi]'),
    );
    expect(inside).toContain(`inps.yaml:${classLine}:18 `);
  });

  test('all faults are told at once, in the order of the file, form and agreement alike', async () => {
    const faults = await faultsAfter((source) =>
      source
        .replace('version: 3', 'version: one')
        .replace('recipients: [competent-authorities]', 'recipients: [gpi]')
        .replace('period: P6M', 'period: six months')
        .replace('- id: satisfaction-surveys', '- id: informative-material'),
    );
    expect(faults.map((fault) => fault.replace(/^inps\.yaml:\d+:\d+ /, '').split(':')[0])).toEqual([
      'version',
      'recordClasses[0].recipients[0]',
      'recordClasses[3].rule.period',
      'optOuts[1].id',
    ]);
  });

  test('a survey purpose without its trigger event, and a time field that is no time', async () => {
    const source = await readFile(join(shipped, 'comune-di-milano.yaml'), 'utf8');
    await writeFile(
      join(folder, 'milano.yaml'),
      source.replace(', booked-service-experience: appointment }', ' }').replace('sending: sentAt', 'sending: channel'),
    );
    const error = await loadPolicies({ folder }).catch((thrown: unknown) => thrown);
    const faults = error instanceof PolicyError ? error.faults.join('\n') : '';
    expect(faults).toContain('says no event for the value "booked-service-experience"');
    expect(faults).toContain('"channel" is no field of kind instant');
    expect(faults).toContain('"appointment" is no trigger event of this class');
  });

  test('a file that is no YAML names the line', async () => {
    await writeFile(join(folder, 'broken.yaml'), 'controller: x\nversion: [1\nname: y\n');
    await expect(loadPolicies({ folder })).rejects.toThrow(/broken\.yaml:\d+:\d+ /);
  });

  test('an empty file, an empty folder and two files about one controller', async () => {
    await expect(loadPolicies({ folder })).rejects.toThrow('there is no policy file');
    await writeFile(join(folder, 'empty.yaml'), '');
    await expect(loadPolicies({ folder })).rejects.toThrow(/empty\.yaml:1:1 the file: must be of type object/);
    await rm(join(folder, 'empty.yaml'));
    await cp(join(shipped, 'inps.yaml'), join(folder, 'a.yaml'));
    await cp(join(shipped, 'inps.yaml'), join(folder, 'b.yaml'));
    await expect(loadPolicies({ folder })).rejects.toThrow('controller "inps" has a policy already');
  });
});

describe('a third controller', () => {
  test('needs a new file only: its policy is validated and dates are computed for its classes', async () => {
    await cp(shipped, folder, { recursive: true, filter: (path) => !path.endsWith('.ts') });
    await writeFile(
      join(folder, 'azienda-trasporti.yaml'),
      await readFile(new URL('./third-controller.yaml', import.meta.url)),
    );
    const policies = await byController(folder);
    expect([...policies.keys()].sort()).toEqual(['azienda-trasporti', 'comune-di-milano', 'inps']);
    const policy = policies.get('azienda-trasporti')?.policy;
    const windows = policy?.recordClasses.map(({ id, rule }) => [
      id,
      retentionWindow({ rule, triggerAt: instant('2026-08-31T10:00:00+02:00'), timeZone: policy.timeZone }),
    ]);
    expect(windows).toEqual([
      ['fine', { boundDay: '2028-02-29', opensAt: '2028-02-22T23:00:00.000Z', boundAt: '2028-02-29T23:00:00.000Z' }],
      [
        'lost-property',
        { boundDay: '2026-09-10', opensAt: '2026-09-10T22:00:00.000Z', boundAt: '2026-09-10T22:00:00.000Z' },
      ],
      [
        'rights-request-file',
        { boundDay: '2028-08-31', opensAt: '2028-08-30T22:00:00.000Z', boundAt: '2028-08-31T22:00:00.000Z' },
      ],
      [
        'rights-request-package',
        { boundDay: '2026-09-30', opensAt: '2026-09-29T22:00:00.000Z', boundAt: '2026-09-30T22:00:00.000Z' },
      ],
      [
        'hold-file',
        { boundDay: '2027-08-31', opensAt: '2027-08-30T22:00:00.000Z', boundAt: '2027-08-31T22:00:00.000Z' },
      ],
    ]);
  });
});

describe('policy versions', () => {
  test('the digest counts what the policy says, not its comments, layout or order of keys', async () => {
    const source = await readFile(join(shipped, 'inps.yaml'), 'utf8');
    const reordered = source.replace(
      'controller: inps\nversion: 3\n',
      '# a comment\nversion: 3\n\ncontroller: "inps"\n',
    );
    expect(reordered).not.toBe(source);
    await writeFile(join(folder, 'inps.yaml'), reordered);
    const [loaded] = await loadPolicies({ folder });
    expect(loaded?.digest).toBe(policyDigest(await policyOf('inps')));
    await writeFile(join(folder, 'inps.yaml'), source.replace('period: P6M', 'period: P5M'));
    const [changed] = await loadPolicies({ folder });
    expect(changed?.digest).not.toBe(loaded?.digest);
  });

  test.each([
    ['nothing stored', 1, 'a', undefined, 'newer'],
    ['the same', 1, 'a', { version: 1, digest: 'a' }, 'same'],
    ['a higher version', 2, 'b', { version: 1, digest: 'a' }, 'newer'],
    ['a change under the old number', 1, 'b', { version: 1, digest: 'a' }, 'changed-without-new-version'],
    ['an old file', 1, 'a', { version: 2, digest: 'b' }, 'older'],
  ] as const)('%s', (_title, version, digest, stored, expected) => {
    expect(comparePolicy({ loaded: { version, digest }, stored })).toBe(expected);
  });

  test('a process refuses to start with a policy changed in silence, and says what to do', async () => {
    const loaded = (await byController(shipped)).get('inps');
    if (!loaded) throw new Error('no policy of inps');
    expect(refusalToStart({ loaded, stored: { version: 3, digest: loaded.digest } })).toBeUndefined();
    expect(refusalToStart({ loaded, stored: { version: 3, digest: '00' } })).toContain('raise "version" to 4');
    expect(refusalToStart({ loaded, stored: { version: 7, digest: '00' } })).toContain(
      'version 7 was in force already',
    );
  });
});

describe('the days of a controller’s cases', () => {
  const withPeriods = (periods: string) => (source: string) =>
    source.replace(
      'packageClass: rights-request-package }',
      `packageClass: rights-request-package, periods: ${periods} }`,
    );

  test('may be set by its policy', async () => {
    expect(await faultsAfter(withPeriods('{ liftingNoticeDays: 20, pendingReviewDays: 75 }'))).toEqual([]);
    const [loaded] = await loadPolicies({ folder });
    expect(loaded?.policy.rightsRequests.periods).toEqual({ liftingNoticeDays: 20, pendingReviewDays: 75 });
  });

  test.each(['0', '1.5', '4000', 'P20D'])('are whole days in bounds, not %s', async (days) => {
    const faults = await faultsAfter(withPeriods(`{ liftingNoticeDays: ${days} }`));
    expect(faults.join('\n')).toMatch(/rightsRequests\.periods\.liftingNoticeDays/);
  });
});
