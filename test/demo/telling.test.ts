/** How the demonstration keeps its order and words: what is due first happens first, and each half year is told under its own name. */
import { describe, expect, it } from 'vitest';
import { keepTogether, newAgenda } from '../../demo/agenda.ts';
import { newProgress } from '../../demo/progress.ts';
import type { TimelineEvent } from '../../demo/timeline.ts';
import { lagInWords, periodInWords, ruleInWords } from '../../demo/words.ts';
import { instant } from '../../domain/time/instant.ts';

const at = (day: string) => instant(`${day}T10:00:00Z`);

describe('the agenda', () => {
  it('hands out what is due first, and keeps the order in which things were added for one instant', async () => {
    const agenda = newAgenda();
    const kept: string[] = [];
    const add = (day: string, kind: string, name: string) =>
      agenda.add({
        at: at(day),
        kind,
        keep: async () => {
          kept.push(name);
        },
      });
    add('2027-03-01', 'erasure', 'third');
    add('2027-01-01', 'erasure', 'first');
    add('2027-01-01', 'erasure', 'second');
    add('2027-02-01', 'dispute', 'between');
    const sizes: number[] = [];
    for (let next = agenda.takeNext(); next.length > 0; next = agenda.takeNext()) {
      sizes.push(next.length);
      await keepTogether(next, 1);
    }
    expect(kept).toEqual(['first', 'second', 'between', 'third']);
    expect(sizes).toEqual([2, 1, 1]);
  });

  it('tells the failure of what was kept', async () => {
    const failing = { at: at('2027-01-01'), kind: 'erasure', keep: () => Promise.reject(new Error('not erased')) };
    await expect(keepTogether([failing, failing], 2)).rejects.toThrow('not erased');
  });
});

describe('the words', () => {
  it('says rules and periods as people say them', () => {
    expect(periodInWords('P5Y')).toBe('5 years');
    expect(periodInWords('P1Y6M')).toBe('1 year and 6 months');
    expect(ruleInWords({ kind: 'at-most', period: 'P6M', lead: 'P1D' }, 'call')).toBe('at most 6 months from the call');
    expect(ruleInWords({ kind: 'end-of-day-after', days: 3 }, 'sending')).toBe(
      'until the end of the 3rd day after the sending',
    );
  });

  it('says on which side of its bound a proof lies', () => {
    expect(lagInWords(at('2027-01-02'), at('2027-01-01'))).toBe('24 h before its bound');
    expect(lagInWords(at('2027-01-01'), at('2027-01-23'))).toBe('22 days after its bound');
  });
});

describe('the telling', () => {
  it('tells each half year once, under its own name, also when one is passed in a stride', () => {
    const said: string[] = [];
    const erased = (day: string): TimelineEvent => ({
      at: at(day),
      controller: 'inps',
      recordClass: 'sms',
      what: 'erased',
      why: 'at most 5 years from the sending (a notice)',
      ids: { workflowId: `retention-${day}` },
      records: 2,
    });
    const events = [erased('2027-05-01'), erased('2027-08-01'), erased('2028-02-01')];
    const progress = newProgress({
      timeline: {
        note: () => {},
        events: () => events,
        saveCertificate: () => {},
        save: () => {},
        lettersFolder: () => '',
      },
      linkTo: (workflowId) => `link/${workflowId}`,
      say: (line) => void said.push(line),
      startAt: at('2027-01-01'),
    });
    progress.keep(at('2027-08-02'), 'a hold is placed');
    progress.arrive(at('2028-02-01'));
    progress.end();
    expect(said.filter((line) => line.startsWith('\n')).map((line) => line.trim())).toEqual([
      '2027, first half',
      '2027, second half',
      '2028, first half',
    ]);
    expect(said.filter((line) => line.includes('a hold is placed'))).toHaveLength(1);
    expect(said.filter((line) => line.includes('2 records'))).toHaveLength(3);
  });
});
