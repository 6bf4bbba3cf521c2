/**
 * How sure one must be of who is asking, and what may be asked of them: no more than needed (Art. 12(6), 5(1)(c); EDPB 01/2022
 * paras. 65-79; Code art. 2-terdecies). Replayed in workflows.
 */

/** How a person has identified themselves, from nothing to a qualified digital identity. */
export const identityLevels = [
  'claimed',
  'answered-question',
  'document-checked',
  'known-address',
  'signed-pec',
  'digital-identity',
] as const;

/** How sure one is of a requester; levels have an order for people, none for the rules, which list the levels they accept. */
export type IdentityLevel = (typeof identityLevels)[number];

/** Levels that prove by themselves who the requester is: SPID, CIE, CNS, a PEC signed or assigned by name. Nothing more may be asked. */
export const provenLevels: readonly IdentityLevel[] = ['signed-pec', 'digital-identity'];

/** Levels with which a case may be decided; `claimed` alone is a name in a message. */
export const sufficientLevels: readonly IdentityLevel[] = identityLevels.filter((level) => level !== 'claimed');

/** What can be asked of a requester; each is asked only where it settles the doubt. */
export const identificationItems = [
  'digital-identity',
  'signed-pec',
  'visit-with-document',
  'document-copy',
  'answer-to-question',
  'contact-used',
  'mandate',
  'proof-of-parenthood',
  'proof-of-kinship',
  'proof-of-representation',
  'period-or-service',
] as const;

/**
 * One thing a requester can be asked for. Nothing more is asked of a requester who is proven by SPID, CIE or PEC (EDPB
 * 01/2022 paras. 65-79).
 */
export type IdentificationItem = (typeof identificationItems)[number];

/** On what a request for more rests. */
export type IdentificationAbout = 'identity' | 'authority' | 'specification';

/** The kinds of doubt as a list, for the API's enumeration and the database's CHECK. */
export const identificationAbouts = [
  'identity',
  'authority',
  'specification',
] as const satisfies readonly IdentificationAbout[];

/** What each kind of question may ask for. */
const itemsAbout: Readonly<Record<IdentificationAbout, readonly IdentificationItem[]>> = {
  identity: [
    'digital-identity',
    'signed-pec',
    'visit-with-document',
    'document-copy',
    'answer-to-question',
    'contact-used',
  ],
  authority: ['mandate', 'proof-of-parenthood', 'proof-of-kinship', 'proof-of-representation'],
  specification: ['period-or-service'],
};

/**
 * In whose name a requester asks: their own, or as representative (EDPB paras. 80-81), parent of a minor, legal guardian, lawyer; for
 * a deceased person with an own interest, as agent, or for family reasons worth protecting (Code art. 2-terdecies(1)).
 */
export const requesterCapacities = [
  'self',
  'agent',
  'lawyer',
  'parent',
  'guardian',
  'deceased-own-interest',
  'deceased-agent',
  'deceased-family',
] as const;

/** In whose name a request is made; every one but `self` needs a proof of authority. */
export type RequesterCapacity = (typeof requesterCapacities)[number];

/** What proves authority, by capacity; `self` needs none. */
export const authorityProofs = [
  'signed-mandate',
  'power-of-attorney',
  'lawyers-mandate',
  'self-declaration',
  'civil-status-record',
  'court-appointment',
  'standing-as-heir',
] as const;

/** What staff saw that proves an authority; which of them do for which capacity is in `proofsFor`. */
export type AuthorityProof = (typeof authorityProofs)[number];

/** The proofs that show authority in each capacity (kinship and parenthood by self-declaration: DPR 445/2000 arts. 46-47). */
export const proofsFor: Readonly<Record<RequesterCapacity, readonly AuthorityProof[]>> = {
  self: [],
  agent: ['signed-mandate', 'power-of-attorney'],
  lawyer: ['lawyers-mandate', 'signed-mandate', 'power-of-attorney'],
  parent: ['self-declaration', 'civil-status-record'],
  guardian: ['court-appointment'],
  'deceased-own-interest': ['self-declaration', 'standing-as-heir', 'civil-status-record'],
  'deceased-agent': ['signed-mandate', 'power-of-attorney'],
  'deceased-family': ['self-declaration', 'civil-status-record'],
};

/** Why a question may not be asked, or `undefined`. Asking a requester proven by SPID or PEC for more is asking too much. */
export const questionFault = (
  level: IdentityLevel,
  capacity: RequesterCapacity,
  about: IdentificationAbout,
  asked: readonly IdentificationItem[],
): 'more-than-needed' | 'nothing-asked' | 'wrong-question' | undefined => {
  if (asked.length === 0) return 'nothing-asked';
  if (!asked.every((item) => itemsAbout[about].includes(item))) return 'wrong-question';
  if (about === 'identity' && provenLevels.includes(level)) return 'more-than-needed';
  if (about === 'authority' && capacity === 'self') return 'more-than-needed';
  return undefined;
};
