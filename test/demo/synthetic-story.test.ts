/** The demonstration's data: what it hands in is what the API and the two policies accept, and it looks like life. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { checkSubmission } from '../../api/records/submission/check-submission.ts';
import { submissionSchema } from '../../api/records/submission/submission-schema.ts';
import { inventStory } from '../../demo/synthetic-story.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import { days } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { loadPolicies } from '../../policies/load-policies.ts';

// Its types describe another form of export than it has.
const library: { readonly CodiceFiscale: { readonly check: (code: string) => boolean } } = createRequire(
  import.meta.url,
)('codice-fiscale-js');

const startAt = instant('2026-11-21T22:00:00Z');
const story = inventStory({ seed: 'oblio', startAt, run: 'test' });
const handedIn = (policy: Policy) =>
  policy.recordClasses.filter(({ origin }) => origin !== 'oblio').map(({ id }) => id);
const policies = (await loadPolicies({ folder: 'policies' })).map(({ policy }) => policy);

describe('the synthetic story', () => {
  it('is the same for the same seed, and another for another', () => {
    const digest = (seed: string) =>
      createHash('sha256')
        .update(JSON.stringify(inventStory({ seed, startAt, run: 'test' })))
        .digest('hex');
    expect(digest('oblio')).toBe(digest('oblio'));
    expect(digest('other')).not.toBe(digest('oblio'));
  });

  it('covers every record class of both controllers', () => {
    for (const policy of policies) {
      const classes = new Set(
        story.records.filter(({ controller }) => controller === policy.controller).map((record) => record.recordClass),
      );
      expect([...classes].sort()).toEqual(handedIn(policy).sort());
    }
  });

  it('hands in nothing that the API would refuse', () => {
    for (const { controller, recordClass, sourceId, handedInAt, objects, ...body } of story.records) {
      const policy = policies.find((known) => known.controller === controller);
      if (policy === undefined) throw new Error(`no policy for ${controller}`);
      const submission = submissionSchema.parse(body);
      expect(
        checkSubmission({ policy, recordClass, sourceId, submission, now: handedInAt, windowOf: retentionWindow }),
      ).toMatchObject({
        ok: true,
      });
      expect(objects.length > 0).toBe(recordClass === 'call-recording');
    }
  });

  it('names each record once', () => {
    const names = story.records.map(({ recordClass, sourceId }) => `${recordClass}/${sourceId}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('invents people whose codice fiscale an independent library accepts and whose e-mail nobody can have', () => {
    for (const { codiceFiscale, email } of story.people) {
      expect(library.CodiceFiscale.check(codiceFiscale)).toBe(true);
      expect(email).toMatch(/@(example\.(org|com)|posta\.example)$/);
    }
  });

  it('hands in both survey purposes by both channels', () => {
    const kinds = story.records
      .filter(({ recordClass }) => recordClass === 'survey-invitation')
      .map(({ fields }) => `${fields.purpose} ${fields.channel}`);
    expect(new Set(kinds)).toEqual(
      new Set([
        'infoline-quality email',
        'infoline-quality sms',
        'booked-service-experience email',
        'booked-service-experience sms',
      ]),
    );
  });

  it('leaves no placeholder in a text', () => {
    for (const { text } of story.records) expect(text ?? '').not.toMatch(/[{}]|undefined/);
  });

  it('records calls as valid RIFF files of some seconds', () => {
    const recordings = story.records.flatMap(({ objects }) => objects);
    expect(recordings.length).toBeGreaterThan(10);
    for (const { bytes } of recordings) {
      expect(bytes.toString('latin1', 0, 4)).toBe('RIFF');
      expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
      expect(bytes.toString('latin1', 8, 16)).toBe('WAVEfmt ');
      expect(bytes.readUInt32LE(40)).toBe(bytes.length - 44);
      const seconds = (bytes.length - 44) / bytes.readUInt32LE(28);
      expect(seconds).toBeGreaterThanOrEqual(3);
      expect(seconds).toBeLessThanOrEqual(6);
    }
  });

  it('spreads what falls due over five years', () => {
    const last = instantPlus(startAt, 5 * days(366));
    expect(story.records.every(({ handedInAt }) => handedInAt >= startAt && handedInAt < last)).toBe(true);
  });
});
