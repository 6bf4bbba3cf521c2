/**
 * The rights a person can exercise in one case (Arts. 15-21, 7(3), and the opt-outs the notices promise), as data. Each right of a
 * case has its own clock, decision and outcome and is named by its key. Replayed in workflows.
 */

/** The kinds of right: Arts. 15 to 18, 20 and 21, withdrawal of consent (Art. 7(3)) and the opt-outs that a notice promises. */
export const rightKinds = [
  'access',
  'rectification',
  'erasure',
  'restriction',
  'portability',
  'objection',
  'consent-withdrawal',
  'opt-out',
] as const;

/** The kind of a right. A case holds each kind once, opt-outs once for each that the notice promises (`RightKey`). */
export type RightKind = (typeof rightKinds)[number];

/** GDPR articles by right, `notice` for what the controller's notice promises of its own accord. */
export type RightArticle = '15' | '16' | '17' | '18' | '20' | '21' | '7.3' | 'notice';

/** What the law and the notices say of a kind of right, as far as the course of a case depends on it. */
export type RightDefinition = {
  readonly article: RightArticle;
  /** Whether the records must be known before it can be decided. An opt-out or a withdrawal is recorded without looking. */
  readonly needsSearch: boolean;
  /** Whether content leaves, so that other people's data must be reviewed first (Art. 15(4), 20(4)). */
  readonly contentLeaves: boolean;
  /** Unconditional rights cannot be refused: a withdrawal of consent, an opt-out that the notice promises. */
  readonly unconditional: boolean;
  /** The restriction that holds by law while the right is weighed (Art. 18(1)(a), (d)), placed without being asked. */
  readonly restrictsMeanwhile?: '18.1.a' | '18.1.d';
  /** Whether recipients must be notified of what was done (Art. 19). */
  readonly recipientsTold: boolean;
};

/** The definition of every kind of right (law.md section 5). */
export const rights: Readonly<Record<RightKind, RightDefinition>> = {
  access: { article: '15', needsSearch: true, contentLeaves: true, unconditional: false, recipientsTold: false },
  rectification: {
    article: '16',
    needsSearch: true,
    contentLeaves: false,
    unconditional: false,
    restrictsMeanwhile: '18.1.a',
    recipientsTold: true,
  },
  erasure: { article: '17', needsSearch: true, contentLeaves: false, unconditional: false, recipientsTold: true },
  restriction: { article: '18', needsSearch: true, contentLeaves: false, unconditional: false, recipientsTold: true },
  portability: { article: '20', needsSearch: true, contentLeaves: true, unconditional: false, recipientsTold: false },
  objection: {
    article: '21',
    needsSearch: true,
    contentLeaves: false,
    unconditional: false,
    restrictsMeanwhile: '18.1.d',
    recipientsTold: true,
  },
  'consent-withdrawal': {
    article: '7.3',
    needsSearch: false,
    contentLeaves: false,
    unconditional: true,
    // Of what it erases (Art. 17(1)(b)); the withdrawal itself is between the person and the controller.
    recipientsTold: true,
  },
  'opt-out': {
    article: 'notice',
    needsSearch: false,
    contentLeaves: false,
    unconditional: true,
    recipientsTold: false,
  },
};

/**
 * Names a right inside its case: the kind, and for an opt-out also which one of the policy (`opt-out/surveys`). Codes only, so
 * that it may travel through Temporal.
 */
export type RightKey = Exclude<RightKind, 'opt-out'> | `opt-out/${string}`;

/** The kind of right a key names. */
export const rightKind = (key: RightKey): RightKind => (isOptOut(key) ? 'opt-out' : key);

const isOptOut = (key: RightKey): key is `opt-out/${string}` => key.startsWith('opt-out/');

/** The policy's opt-out that a key names, or `undefined` where it names another right. */
export const optOutOf = (key: RightKey): string | undefined =>
  isOptOut(key) ? key.slice('opt-out/'.length) : undefined;

/** Reads a key handed in from outside; `undefined` where it names no right. */
export const parseRightKey = (text: string): RightKey | undefined => {
  if (/^opt-out\/[a-z][a-z0-9-]{0,63}$/.test(text)) return `opt-out/${text.slice('opt-out/'.length)}`;
  return rightKinds.find((kind): kind is Exclude<RightKind, 'opt-out'> => kind === text && kind !== 'opt-out');
};
