// Rules, times and numbers as the demonstration tells them to people.

import type { RetentionRule } from '../domain/policy/policy.ts';
import { type Instant, millisecondsBetween } from '../domain/time/instant.ts';

const events: Readonly<Record<string, string>> = {
  interaction: 'the interaction',
  'chat-end': 'the end of the chat',
  sending: 'the sending',
  call: 'the call',
  appointment: 'the appointment',
  'enquiry-closing': 'the closing of the enquiry',
};

/** `chat-end` as "the end of the chat"; an event of a policy that this file does not know as its own words. */
const eventInWords = (event: string): string => events[event] ?? `the ${event.replaceAll('-', ' ')}`;

const unitNames: Readonly<Record<string, string>> = { Y: 'year', M: 'month', D: 'day' };

/** `P5Y` as "5 years". */
export const periodInWords = (period: string): string =>
  [...period.matchAll(/(\d+)([YMD])/g)]
    .map(([, count = '', unit = '']) => `${count} ${unitNames[unit] ?? unit}${count === '1' ? '' : 's'}`)
    .join(' and ');

const ordinals: Readonly<Record<number, string>> = { 1: '1st', 2: '2nd', 3: '3rd' };

/** A retention rule with the event it runs from. */
export const ruleInWords = (rule: RetentionRule, triggerEvent: string): string =>
  rule.kind === 'at-most'
    ? `at most ${periodInWords(rule.period)} from ${eventInWords(triggerEvent)}`
    : `until the end of the ${ordinals[rule.days] ?? `${rule.days}th`} day after ${eventInWords(triggerEvent)}`;

/** A length of time in its largest fitting unit. */
const lengthInWords = (milliseconds: number): string => {
  const seconds = Math.abs(milliseconds) / 1_000;
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
};

/** How a proof of erasure lies to its bound: "17 h before its bound", "1.2 s after its bound". */
export const lagInWords = (boundAt: Instant, verifiedAt: Instant): string => {
  const lag = millisecondsBetween(boundAt, verifiedAt);
  return `${lengthInWords(lag)} ${lag < 0 ? 'before' : 'after'} its bound`;
};

/** `1 record`, `2 records`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The date of an instant, as a story needs it. */
export const dayOf = (at: Instant): string => at.slice(0, 10);
