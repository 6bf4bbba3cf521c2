/**
 * Whose record is it? Which of the records that share an identifier with a case are the person's own, and which may belong to another
 * person who shares a telephone or a mailbox (Art. 15(4), 12(6), 11). Access and erasure take the same answer (I8), so both kinds of
 * mistake count: what is shown to the wrong person, and what is erased for them.
 *
 * - A codice fiscale or the controller's own id for a person names one person: a record that carries the case's is that person's.
 * - A phone number or e-mail address is a way to reach a person and may be shared. A record tied by nothing else belongs to the
 *   person only if the identifier was checked as their own, together with their identity, and nothing speaks against it: no other
 *   identifier on the record that the case does not know, and no record of the controller that gives this contact to another person.
 * - A record that names another person by a codice fiscale, where the case's own is known, is that person's: it is not even listed.
 * - Everything else is `unclear`: listed for the review, left out of what is shown and erased, until staff say that it is the
 *   person's and search again. The controller must not identify people better than its task needs (Art. 11(1)), and a wrong answer
 *   is a breach (Art. 33), while the person can still bring what makes the tie certain (Art. 11(2), 12(6)).
 */

/** Identifiers that name one person; the others are contacts. */
export const identifyingKinds = ['codice-fiscale', 'controller-subject-id'] as const;

/** Whether an identifier of this kind names one person. */
export const identifiesOne = (kind: string): boolean => identifyingKinds.some((known) => known === kind);

/** How a record that counts as the person's is tied to them. */
export const personalTies = ['identified', 'contact', 'named'] as const;

/** The ties with which a record counts as the person's: it is shown to them and erased for them (I8). */
export type PersonalTie = (typeof personalTies)[number];

/** `another`: another person's record, of which the manifest keeps no trace. */
export type RecordTie = PersonalTie | 'unclear' | 'another';

/** An identifier by its keyed hash, as text. */
export type IdentifierKey = { readonly kind: string; readonly key: string };

/** What a case knows of its person. */
export type KnownIdentifiers = {
  readonly all: readonly IdentifierKey[];
  /** Keys that staff checked as the person's own. */
  readonly verified: ReadonlySet<string>;
  /** Contacts of the case that some record gives to another person. */
  readonly shared: ReadonlySet<string>;
};

/** What is known of a record that shares an identifier with the case. */
export type TiedRecord = {
  readonly tie: RecordTie;
  /** It carries an identifier of another person. */
  readonly namesOthers: boolean;
};

/** Ties one record, by all identifiers it carries, to the person of a case. `named`: staff said, with a reason, that it is theirs. */
export const tieOf = (
  record: readonly IdentifierKey[],
  { all, verified, shared }: KnownIdentifiers,
  named: boolean,
): TiedRecord => {
  const own = new Set(all.map(({ key }) => key));
  const common = record.filter(({ key }) => own.has(key));
  const foreign = record.filter(({ key }) => !own.has(key));
  const namesOthers = foreign.some(({ kind }) => identifiesOne(kind));
  if (common.some(({ kind }) => identifiesOne(kind))) return { tie: 'identified', namesOthers };
  if (named) return { tie: 'named', namesOthers };
  const another = foreign.some(
    (identifier) => identifiesOne(identifier.kind) && all.some(({ kind }) => kind === identifier.kind),
  );
  if (common.length === 0 || another) return { tie: 'another', namesOthers };
  const certain =
    foreign.length === 0 && common.some(({ key }) => verified.has(key)) && common.every(({ key }) => !shared.has(key));
  return { tie: certain ? 'contact' : 'unclear', namesOthers };
};
