/**
 * What a caller reads when a command is refused: what stands in the way, and what to do instead. A text for each code of the closed list;
 * what is particular to one occurrence (a right, a date, a list of codes) is put into it.
 */
import type { Refusal, RefusalCode } from '../course/refusals.ts';

type Advice = string | ((about: string) => string);

const advice: Readonly<Record<RefusalCode, Advice>> = {
  'controller-not-yours':
    'Your token does not name the controller of this case. A colleague who acts for that controller can send the command.',
  'role-not-allowed': (who) => `${who} A colleague with that role can send it.`,
  'second-person-needed':
    'You took the step before this one yourself (registered, marked, prepared, advised or asked). Have a colleague with the same rights send this command.',
  'changed-meanwhile': (revisions) =>
    `${revisions} Read the case again, see what others did, and send the command with the new ETag if it still fits.`,
  'not-in-this-state': (stages) => `${stages} Read the case to see what it waits for.`,
  'case-closed':
    'A closed case can only be reopened: request-reopening with a reason, then confirm-reopening by a second person.',
  'not-triaged': 'Send triage first and say what the message is: a rights request, with its rights, or none.',
  'already-triaged':
    'The message has been triaged. A right that is no longer asked for ends with withdraw; one that was overlooked needs a case of its own, or the reopening of this one after it is closed.',
  'identity-open':
    'Who asks must be settled first: confirm-identity, or ask-requester where a doubt is reasonable; record-answer once the answer is in.',
  'answer-awaited':
    'The requester was asked and the answer is out. Send record-answer when it has come in; without one the case closes by itself, with a letter.',
  'search-running': 'The search goes on by itself. Read the case again in a little while, when it is at reviewing.',
  'review-open':
    'What was found is still under review: submit-review with what is to be withheld, then confirm-review by a second person.',
  'decision-unprepared': 'Prepare the decision with prepare-decision, then have the opinion given with give-opinion.',
  'opinion-missing': "Have the DPO's opinion put on file with give-opinion; the officer decides after it.",
  'already-decided':
    'What was decided, withdrawn or answered stays as it is. Let the answer go out; a mistake is put right by reopening the case after it is closed.',
  'not-executed': (right) =>
    `The right ${right} is not at the point where this is possible: it has to be decided, and what was decided has to be carried out by the machine. Read the case to see which step is next, or wait until it is done.`,
  'right-unknown': (right) => `This case is not about ${right}. Use a right that the case lists.`,
  'rights-missing': 'Name at least one right, as the case or the message has it.',
  'opt-out-not-promised': (right) =>
    `The policy of this controller knows no ${right}. Use one of the opt-outs that it lists.`,
  'letter-not-in-case': 'Use the id of a letter that the case lists.',
  'letter-not-composed': 'The letter is still being written. Read the case again in a moment.',
  'already-delivered':
    'When and how this letter arrived is on record and stays so. Add a note if it has to be commented on.',
  'letter-on-its-way':
    'It has been released, or the mail server has it. Wait for the receipt; if it came back, send report-undelivered first.',
  'letter-not-sent':
    'Only a letter that was sent by PEC or e-mail can come back. Release it with send-letter, or record its delivery with record-delivery.',
  'not-by-mail': 'Have it posted or handed over, then send record-delivery with the day and the proof.',
  'delivery-date-impossible':
    'Give the time at which it arrived: not before the letter was ordered, and not in the future.',
  'too-late-to-extend': (day) =>
    `The first month ended with ${day} (Art. 12(3)): an extension of which the person is informed later has no effect. Answer as soon as possible; the case stays listed as overdue until then.`,
  'already-extended': (right) =>
    `The time for ${right} was extended before. Art. 12(3) allows that once; answer by the extended day.`,
  'clock-stands-still':
    'While the requester is asked, no time runs. Send record-answer when the answer is in; the time can be extended after that.',
  'clock-unknown': 'The deadline is being computed. Send the command again in a moment.',
  'refusal-late': (day) =>
    `The person had to be informed of a refusal, also in part, by ${day} (Art. 12(4)); no extension moves that day. Send decide with acknowledgedLate: true to answer for the delay, or grant what was asked.`,
  'receipt-impossible': (why) =>
    `The time given lies ${why}. Give the time at which the message reached the controller; it cannot be later than its registration.`,
  'receipt-unchanged': 'There is nothing to correct. If another time was meant, give that one.',
  'letter-names-receipt': (rights) =>
    `The letter on ${rights} is written, names the day of receipt or a last day that follows from it, and has not arrived. Have it delivered and record that; then send this command, and a new acknowledgement names the right day.`,
  'letter-superseded':
    'A newer letter says what this one got wrong. Send that one; if this one had left by another way, record its delivery.',
  'more-than-needed':
    'A requester who came with a digital identity or a signed PEC is not asked for a copy of a document (Art. 5(1)(c), 12(6)). Ask for less, or confirm the identity.',
  'nothing-asked': 'Name at least one item that would settle the doubt.',
  'wrong-question': 'Ask for items that fit what is in doubt: identity, authority or the extent of the request.',
  'asked-already': 'One question is out. Wait for its answer and send record-answer; after it another can be asked.',
  'authority-missing': (proofs) => `Have the authority proven, and name the proof: ${proofs}.`,
  'identity-insufficient':
    'Confirm on a level that proves who asks (digital identity, signed PEC, a checked document, an answered question), or ask with ask-requester.',
  'unconditional-right':
    'A withdrawal of consent and an opt-out that the notice promises are recorded as they are. Decide recorded.',
  'outcome-not-possible': 'Use one of the outcomes of this right.',
  'ground-missing':
    'Name the ground on which the decision, and each of its lines, rests; a refusal needs one that speaks against.',
  'ground-not-possible': 'Use a ground that the list gives for this right and this outcome.',
  'ground-of-the-deceased':
    'Use another ground: the requester is the person concerned, or acts for a living person (art. 2-terdecies of the Code).',
  'reasons-missing':
    'Write under reasons, for each ground that needs it, what of this person’s situation makes it apply (Art. 12(4)).',
  'earlier-cases-missing':
    'List under earlierCases the references of the earlier requests that make this one excessive (Art. 12(5)).',
  'class-undecided': 'Give exactly one line for each record class of which records were found.',
  'class-not-found': 'Leave out the lines of classes of which the search found nothing, or search again.',
  'erasure-untested':
    'Name in each line either the condition of Art. 17(1) that is met or 17.1.none, and after it any exception of Art. 17(3).',
  'lines-contradict-outcome':
    'Choose the outcome that follows from the lines: granted lines erase or grant, denied ones refuse, deferred ones wait for what keeps the records and need a condition of Art. 17(1).',
  'review-contradicts':
    'The review says what is withheld: decide granted where it is nothing, partly granted where it is something, or review again with repeat-search.',
  'nothing-was-found': 'Decide no-data, or search again with further identifiers.',
  'ties-unclear':
    'Name the records that are the person’s and search again, or say under reasons for not-held why none of them is.',
  'identifier-missing':
    'Give an identifier with confirm-identity, or ask for one with ask-requester: without it systems could not look up what was refused.',
  'hold-missing': 'Deny the line with its date, or grant it; only what a hold or a duty keeps back can be deferred.',
  'no-restriction': 'There is nothing to lift. Read the case to see which right brought about a restriction, if any.',
  'notice-missing':
    'The person must be informed before a restriction is lifted (Art. 18(3)): send announce-lifting and have its letter delivered.',
  'notice-running': (until) =>
    `The person was informed, and the days of notice end at ${until}. Send the command after that.`,
};

/** The sentences for a refusal: what stands in the way, and what to do instead. */
export const refusalDetail = ({ code, detail }: Refusal): string => {
  const text: Advice = advice[code];
  if (typeof text === 'string') return text;
  return text(detail ?? 'this');
};
