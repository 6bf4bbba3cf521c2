/**
 * Faults that would hurt, each as one change of one file and the tests that must notice it. `npm run test:mutations` makes each change
 * in a copy of the checkout and runs those tests; `test/structure/mutations.test.ts` keeps the list in step with the code.
 */

/** One fault: a text that stands once in its file, and what it becomes. */
export type Mutation = {
  /** The fault as the people who would suffer it say it, with the promise or article it breaks. */
  readonly fault: string;
  readonly file: string;
  /** Short and characteristic, so that it survives what is rewritten around it. */
  readonly text: string;
  readonly becomes: string;
  /** Test files, of which at least one must fail. The fastest comes first. */
  readonly tests: readonly [string, ...string[]];
};

const clockRules = 'test/rules/statutory-deadline.test.ts';
const gateProof = 'test/storage/erasure-gate-proof.test.ts';
const gate = 'test/storage/erasure-gate.test.ts';

/** By room, in the order of the house. */
export const mutations: readonly Mutation[] = [
  // domain
  {
    fault: 'the answer is due a day later than the law says (Art. 12(3))',
    file: 'domain/request/clock/statutory-deadline.ts',
    text: 'dueAt: endOfDay(lastDay, timeZone),',
    becomes: 'dueAt: endOfDay(addDays(lastDay, 1), timeZone),',
    tests: [clockRules],
  },
  {
    fault: 'a question that is asked after the last day stops the clock all the same',
    file: 'domain/request/clock/statutory-deadline.ts',
    text: 'if (pause.from > moved(unmoved)) {',
    becomes: 'if (pause.from < receivedOn) {',
    tests: [clockRules],
  },
  {
    fault: 'an extension counts although the person heard of it after the first month (Art. 12(3))',
    file: 'domain/request/clock/statutory-deadline.ts',
    text: 'extensionValid = standsStill || toldOn <= moved(unmovedFirstMonth);',
    becomes: 'extensionValid = true;',
    tests: [clockRules],
  },
  {
    fault: 'a deadline that falls on a Saturday is not moved (Reg. 1182/71 Art. 3(4))',
    file: 'domain/time/working-days.ts',
    text: "if (weekday === 6) return { date, kind: 'saturday' };",
    becomes: '',
    tests: ['test/rules/working-days.test.ts'],
  },
  {
    fault: 'erasure may begin a day before its window opens (I2)',
    file: 'domain/policy/retention-dates.ts',
    text: 'addDays(boundDay, 1 - leadDays)',
    becomes: 'addDays(boundDay, -leadDays)',
    tests: ['test/rules/retention-dates.test.ts'],
  },
  {
    fault: 'the third day after an appointment ends a day too late',
    file: 'domain/policy/retention-dates.ts',
    text: 'addDays(triggerDay, rule.days)',
    becomes: 'addDays(triggerDay, rule.days + 1)',
    tests: ['test/rules/retention-dates.test.ts'],
  },
  {
    fault: 'a right that is granted for one class and denied for another is not dated as a refusal (Art. 12(4))',
    file: 'domain/request/course/deciding.ts',
    text: " || decision.lines.some(({ result }) => result !== 'granted')",
    becomes: '',
    tests: ['test/rules/partial-refusal.test.ts'],
  },
  {
    fault: 'who prepared a decision, or gave the opinion on it, decides it as well',
    file: 'domain/request/course/deciding.ts',
    text: 'if (right?.prepared?.by === meta.actor || right?.opinion?.by === meta.actor)',
    becomes: 'if (right === undefined)',
    tests: ['test/rules/case-safeguards.test.ts'],
  },
  {
    fault: 'a copy is called complete though the review withholds something of it (Art. 15(4))',
    file: 'domain/request/course/deciding.ts',
    text: "(decision.outcome === 'granted' && withheld > 0) || ",
    becomes: '',
    tests: ['test/rules/case-safeguards.test.ts'],
  },
  {
    fault: 'a command is accepted from a role that may not give it',
    file: 'domain/request/course/decide-command.ts',
    text: ' || !rule.roles.includes(meta.role)',
    becomes: '',
    tests: ['test/rules/command-table.test.ts'],
  },
  {
    fault: 'a lawyer is believed without any proof of authority (Art. 12(6))',
    file: 'domain/request/course/intake.ts',
    text: 'if (proofs.length > 0 && (proof === undefined || !proofs.includes(proof))) {',
    becomes: 'if (proofs.length > 0 && proof !== undefined && !proofs.includes(proof)) {',
    tests: ['test/rules/case-safeguards.test.ts'],
  },
  {
    fault: 'a restriction is lifted before the days of its notice are over (Art. 18(3))',
    file: 'domain/request/course/restrictions.ts',
    text: "if (meta.at < restriction.liftNotBefore) return refused('notice-running', restriction.liftNotBefore);",
    becomes: '',
    tests: ['test/rules/case-safeguards.test.ts'],
  },
  {
    fault: 'a letter that is on its way can be released once more (I9)',
    file: 'domain/request/course/letters.ts',
    text: "if (dispatch?.state === 'released' || dispatch?.state === 'sent') return refused('letter-on-its-way');",
    becomes: '',
    tests: ['test/rules/case-safeguards.test.ts'],
  },
  {
    fault: 'a record is taken for the person’s own by a telephone that others share (Art. 15(4))',
    file: 'domain/request/decision/record-tie.ts',
    text: ' && common.every(({ key }) => !shared.has(key))',
    becomes: '',
    tests: ['test/rules/record-tie.test.ts'],
  },
  {
    fault: 'what rests on a public task is proposed to be erased because consent was withdrawn (Art. 17(3)(b))',
    file: 'domain/request/decision/propose-erasure.ts',
    text: "article === '6.1.a' && consentWithdrawn ?",
    becomes: 'consentWithdrawn ?',
    tests: ['test/rules/propose-erasure.test.ts'],
  },
  {
    fault: 'a recipient that does not answer is never reminded (Art. 19)',
    file: 'domain/recipient/notification.ts',
    text: 'return chased < mostChases ?',
    becomes: 'return chased > mostChases ?',
    tests: ['test/rules/recipient-notification.test.ts'],
  },
  {
    fault: 'a letter goes to an ordinary mailbox although the person has certified mail (CAD 6-quater)',
    file: 'domain/letter/case-facts.ts',
    text: '    pec !== undefined\n',
    becomes: '    pec !== undefined && email === undefined\n',
    tests: ['test/rules/letter-facts.test.ts'],
  },
  {
    fault: 'a refusal is written without its reasons (Art. 12(4))',
    file: 'domain/letter/compose-parts.ts',
    text: '...(grounds[code].needsReasons\n',
    becomes: '...(grounds[code].needsReasons && reasons[code] !== undefined\n',
    tests: ['test/rules/letter-facts.test.ts'],
  },

  // policies
  {
    fault: 'recordings of calls are kept a month longer than the notice promises',
    file: 'policies/inps.yaml',
    text: 'rule: { kind: at-most, period: P6M, lead: P1D }',
    becomes: 'rule: { kind: at-most, period: P7M, lead: P1D }',
    tests: ['test/rules/load-policies.test.ts'],
  },
  {
    fault: 'a policy may name a recipient that it does not describe',
    file: 'policies/policy-checks.ts',
    text: '      recipients.has(id)\n',
    becomes: '      recipients.has(id) || id !== undefined\n',
    tests: ['test/rules/load-policies.test.ts'],
  },

  // storage: the gate
  {
    fault: 'a unit with a wrong date is erased before the rule of its records allows it (I2)',
    file: 'storage/erasure-gate/erase-next-chunk.ts',
    text: "return now < opensAt ? 'before-window' : undefined;",
    becomes: 'return undefined;',
    tests: [gate],
  },
  {
    fault: 'documents of a public body are destroyed without an archival basis (D.Lgs. 42/2004 art. 21(1)(d))',
    file: 'storage/erasure-gate/erase-next-chunk.ts',
    text: "if (terms?.archivalBasis === undefined) return 'no-archival-basis';",
    becomes: "if (terms === undefined) return 'no-archival-basis';",
    tests: [gate],
  },
  {
    fault: 'a hold that covers the record no longer pauses its erasure (I4)',
    file: 'storage/erasure-gate/write-intent.ts',
    text: 'input.recordIds.filter((recordId) => !kept.has(recordId))',
    becomes: '[...input.recordIds]',
    tests: ['test/storage/suspensions-keep.test.ts'],
  },
  {
    fault: 'the gate reads suspensions without the fence, so that a hold can be placed in between (I4)',
    file: 'storage/erasure-gate/write-intent.ts',
    text: 'await takeFenceShared(tx, controller);',
    becomes: '',
    tests: ['test/storage/suspensions-keep.test.ts', 'test/storage/hold-races.test.ts'],
  },
  {
    fault: 'a decided erasure overrides a restriction that another case placed (Art. 18(2))',
    file: 'storage/erasure-gate/write-intent.ts',
    text: "and([eb('kind', '=', 'restriction'), sql",
    becomes: "or([eb('kind', '=', 'restriction'), sql",
    tests: ['test/storage/erasure-gate-own-case.test.ts'],
  },
  {
    fault: 'a certificate is written although rows are left (I6)',
    file: 'storage/erasure-gate/carry-out.ts',
    text: "...rowsLeft.map((recordId) => [recordId, 'RowStillThere'] as const),",
    becomes: '',
    tests: [gateProof],
  },
  {
    fault: 'a certificate is written although the store still has a version (I6)',
    file: 'storage/erasure-gate/read-back.ts',
    text: 'if (found.size === 0 && unfinished.size === 0) return new Map();',
    becomes: 'return new Map();',
    tests: [gateProof],
  },
  {
    fault: 'delete markers are left behind in the store (I6)',
    file: 'storage/objects/object-store.ts',
    text: 'const versions: StoredVersion[] = listedVersions.parse(objects);',
    becomes: 'const versions: StoredVersion[] = listedVersions.parse(objects).filter((one) => !one.isDeleteMarker);',
    tests: [gateProof],
  },
  {
    fault: 'a listing of versions ends with its first page (I6)',
    file: 'storage/objects/object-store.ts',
    text: 'marker = next;',
    becomes: 'marker = undefined;',
    tests: ['test/store/versions.test.ts'],
  },
  {
    fault: 'parts of broken-off uploads stay in the store after the erasure (I6)',
    file: 'storage/erasure-gate/write-intent.ts',
    text: "state = 'uploading' OR size >",
    becomes: 'size >',
    tests: [gateProof],
  },
  {
    fault: 'a unit is closed while a record is left in it (I1)',
    file: 'storage/erasure-gate/close-unit.ts',
    text: 'if (recordsLeft > 0 || intentsUnproven > 0)',
    becomes: 'if (intentsUnproven > 0)',
    tests: [gate],
  },

  // storage: suspensions
  {
    fault: 'a hold covers a record on the very day before which it ends (I4)',
    file: 'domain/suspension/scope.ts',
    text: 'record.triggerAt < triggers.until',
    becomes: 'record.triggerAt <= triggers.until',
    tests: ['test/storage/clause-covers-record.test.ts'],
  },
  {
    fault: 'a hold over a person no longer keeps the person’s records (I4)',
    file: 'storage/suspensions/covering.ts',
    text: "if (kind !== 'class') ways.push(kind);",
    becomes: "if (kind === 'record' || kind === 'attribute') ways.push(kind);",
    tests: ['test/storage/suspensions-keep.test.ts'],
  },
  {
    fault: 'a hold over one class of a person keeps every class of theirs',
    file: 'storage/suspensions/covering.ts',
    text: '.record_class IS NULL OR',
    becomes: '.record_class IS NULL OR true OR',
    tests: ['test/storage/clause-covers-record.test.ts'],
  },
  {
    fault: 'the answer to a placing does not tell what is past the point of no return (I4)',
    file: 'storage/suspensions/point-of-no-return.ts',
    text: "intent.state = 'written' AND EXISTS (",
    becomes: "intent.state = 'refused' AND EXISTS (",
    tests: ['test/storage/erasure-gate-crash.test.ts'],
  },
  {
    fault: 'who asked for the release of a hold confirms it alone',
    file: 'storage/suspensions/release-requests.ts',
    text: "if (request.requested_by === actor.id) return { kind: 'same-person' };",
    becomes: '',
    tests: ['test/api/holds.test.ts'],
  },
  {
    fault: 'an object under a hold gets no legal hold in the store (I4)',
    file: 'storage/suspensions/object-holds.ts',
    text: 'return !intended && keeping.some(({ kind }) => isHoldKind(kind));',
    becomes: "return !intended && keeping.some(({ kind }) => kind === 'legal-obligation');",
    tests: ['test/storage/store-refuses.test.ts', 'test/stories/dispute.test.ts'],
  },

  // storage: the rest
  {
    fault: 'a link of the audit chain leaves out the link before it (I10)',
    file: 'storage/audit/audit-trail.ts',
    text: '.update(previous).update(number)',
    becomes: '.update(number)',
    tests: ['test/storage/audit-trail.test.ts'],
  },
  {
    fault: 'the reason of an entry can be changed without breaking the audit chain (I10)',
    file: 'storage/audit/audit-trail.ts',
    text: '        entry.why,\n',
    becomes: '',
    tests: ['test/storage/audit-trail.test.ts'],
  },
  {
    fault: 'a command that is sent twice is carried out twice (I9)',
    file: 'storage/commands/run-once.ts',
    text: "if (before.kind === 'repeated') return { kind: 'done', answer: readAnswer(before.answer), repeated: true };",
    becomes: '',
    tests: ['test/storage/commands.test.ts'],
  },
  {
    fault: 'another command under a key that was used gets the answer of the first (I9)',
    file: 'storage/commands/run-once.ts',
    text: "row.request_digest.equals(requestDigest) ? { kind: 'repeated', answer: row.answer } : { kind: 'key-taken' }",
    becomes: "{ kind: 'repeated', answer: row.answer }",
    tests: ['test/storage/commands.test.ts'],
  },
  {
    fault: 'a record past the point of no return is shown as if it were kept (I9)',
    file: 'storage/records/find-record.ts',
    text: "return (await findErased(db, sourceKey)) ?? present ?? { state: 'unknown' };",
    becomes: "return present ?? (await findErased(db, sourceKey)) ?? { state: 'unknown' };",
    tests: ['test/api/objects.test.ts'],
  },
  {
    fault: 'a case that is closed still opens restricted records to staff (I11)',
    file: 'storage/reading/admit-reading.ts',
    text: " AND claimed.stage <> 'closed'",
    becomes: '',
    tests: ['test/api/restriction-purposes.test.ts'],
  },
  {
    fault: 'an upload that is not what was announced becomes an object all the same',
    file: 'storage/objects/put-object.ts',
    text: 'if (sha256 !== undefined && !digest.equals(sha256)) {',
    becomes: 'if (sha256 !== undefined && digest.length !== sha256.length) {',
    tests: ['test/store/objects.test.ts'],
  },
  {
    fault: 'a link to a letter opens after it has expired',
    file: 'storage/letters/open-link.ts',
    text: ' || link.expiresAt <= now',
    becomes: '',
    tests: ['test/stories/links.test.ts'],
  },
  {
    fault: 'the code of a link may be guessed without end',
    file: 'storage/letters/open-link.ts',
    text: 'if (link.failures >= mostFailures) {',
    becomes: 'if (link.failures > mostFailures * 1000) {',
    tests: ['test/stories/links.test.ts'],
  },
  {
    fault: 'a unit past its bound is not reported while a hold keeps a part of it (I3)',
    file: 'storage/sweep/late-units.ts',
    text: 'if (records > kept || unproven > 0 || records === 0) {',
    becomes: 'if (kept === 0) {',
    tests: ['test/storage/late-units.test.ts'],
  },

  // workflows
  {
    fault: 'the release of a hold does not wake what waited for it (I4)',
    file: 'workflows/retention/workflow.ts',
    text: 'setHandler(wakeUpSignal, () => calls.call());',
    becomes: 'setHandler(wakeUpSignal, () => undefined);',
    tests: ['test/workflows/retention.test.ts'],
  },
  {
    fault: 'an operator who cancels a workflow ends the obligation to erase (I1)',
    file: 'workflows/retention/workflow.ts',
    text: 'return CancellationScope.nonCancellable(() => run.untilNothingIsLeft());',
    becomes: 'return CancellationScope.cancellable(() => run.untilNothingIsLeft());',
    tests: ['test/workflows/retention.test.ts'],
  },
  {
    fault: 'a letter by certified mail counts as delivered before its receipt says so',
    file: 'workflows/request/sending.ts',
    text: "return settled.channel === 'pec'\n",
    becomes: "return settled.channel !== 'pec' && settled.channel !== 'email'\n",
    tests: ['test/stories/letter-delivery.test.ts'],
  },
  {
    fault: 'a command that comes twice to a case is applied twice (I9)',
    file: 'workflows/request/case.ts',
    text: 'if (before !== undefined) return { revision: before, stage: this.#state.stage };',
    becomes: '',
    tests: ['test/workflows/repeated-command.test.ts'],
  },

  // activities
  {
    fault: 'a mail of which nobody knows whether it left is sent again (I9)',
    file: 'activities/mail/deliver-mail.ts',
    text: "return given && !answered(error) ? 'unknown' : 'not-now';",
    becomes: "return 'not-now';",
    tests: ['test/workflows/transcript.test.ts'],
  },
  {
    fault: 'a letter is sent again after a worker died in the middle of sending it (I9)',
    file: 'activities/request/delivery/delivery.ts',
    text: "if (begun.kind === 'interrupted') {",
    becomes: "if (begun.kind === 'interrupted' && begun === undefined) {",
    tests: ['test/drills/workers/letter-killed.test.ts'],
  },
  {
    fault: 'a withdrawn consent erases what rests on a public task (Art. 17(1)(b))',
    file: 'activities/request/execution/erase-granted.ts',
    text: "record.legalBasis.article === '6.1.a' && ",
    becomes: '',
    tests: ['test/storage/execution-erasure.test.ts'],
  },
  {
    fault: 'one of the recipients is not told of an erasure (Art. 19)',
    file: 'activities/request/recipients/disclosed-to.ts',
    text: 'policy.recipients.filter(isTold).flatMap(',
    becomes: 'policy.recipients.filter(isTold).slice(1).flatMap(',
    tests: ['test/stories/recipients-duty.test.ts'],
  },
  {
    fault: 'the words of a database error reach the history of a workflow (I7)',
    file: 'activities/sanitise-failures.ts',
    text: 'return failureOf(type, { correlationId, ...(error.code === undefined ? {} : { code: error.code }) });',
    becomes: 'return thrown instanceof Error ? thrown : failureOf(type, { correlationId });',
    tests: ['test/workflows/failures.test.ts'],
  },
  {
    fault: 'a message to a recipient’s system is delivered without TLS',
    file: 'activities/notification/deliver-webhook.ts',
    text: "if (protocol !== 'https:' && !(plainHttp && protocol === 'http:'))",
    becomes: "if (protocol !== 'https:' && protocol !== 'http:')",
    tests: ['test/rules/deliver-webhook.test.ts'],
  },

  // letters
  {
    fault: 'a passage that cannot be found is not withheld (Art. 15(4))',
    file: 'letters/package/redact-words.ts',
    text: 'if (!known) return undefined;',
    becomes: 'if (!known || place === undefined) continue;',
    tests: ['test/rules/letters/package-redactions.test.ts'],
  },
  {
    fault: 'the end of a withheld passage of a recording is heard (Art. 15(4))',
    file: 'letters/package/silence.ts',
    text: 'Math.ceil((to * framesPerSecond) / 1000)',
    becomes: 'Math.floor((to * framesPerSecond) / 1000) - 1',
    tests: ['test/rules/letters/package-silence.test.ts'],
  },
  {
    fault: 'a receipt that a message did not arrive counts as its delivery',
    file: 'letters/receipt/read-receipt.ts',
    text: "'errore-consegna': 'failure',\n  'preavviso",
    becomes: "'errore-consegna': 'delivery',\n  'preavviso",
    tests: ['test/rules/letters/certified-mail.test.ts'],
  },
  {
    fault: 'another letter that was signed is taken for the one that was handed out',
    file: 'letters/signature/returned-file.ts',
    text: "if (!signed.content.equals(original)) return { kind: 'refused', fault: 'other-document' };",
    becomes: '',
    tests: ['test/rules/letters/returned-letter.test.ts'],
  },
  {
    fault: 'a cell of the package runs as a formula in a spreadsheet',
    file: 'letters/package/csv.ts',
    text: '(?:[=+\\-@|%',
    becomes: '(?:[=+\\-|%',
    tests: ['test/rules/letters/package-csv.test.ts'],
  },

  // api
  {
    fault: 'an auditor reads the content of records (I11)',
    file: 'api/access/route-access.ts',
    text: "/content`, ['dpo', 'officer', 'legal'])",
    becomes: "/content`, ['dpo', 'officer', 'legal', 'auditor'])",
    tests: ['test/api/who-gets-what.test.ts'],
  },
  {
    fault: 'the staff of one controller reach the records of another (I11)',
    file: 'api/access/authorisation.ts',
    text: 'caller.controllers.includes(controller);',
    becomes: 'caller.controllers.length > 0 && controller.length > 0;',
    tests: ['test/api/access.test.ts'],
  },
  {
    fault: 'a token that never ends is accepted',
    file: 'api/access/authentication.ts',
    text: "requiredClaims: ['sub', 'exp'],",
    becomes: "requiredClaims: ['sub'],",
    tests: ['test/api/authentication.test.ts'],
  },
  {
    fault: 'a recording of the confidential archive opens without a reasoned request (I13)',
    file: 'api/access/content-access.ts',
    text: 'if (reason === undefined) {\n    return { code',
    becomes: "if (reason === '') {\n    return { code",
    tests: ['test/api/reading.test.ts'],
  },
  {
    fault: 'a list ends before its last entries',
    file: 'api/http/cursors.ts',
    text: 'found.length > limit && last !== undefined',
    becomes: 'found.length > limit + 1 && last !== undefined',
    tests: ['test/api/reading.test.ts'],
  },
  {
    fault: 'one line that cannot be registered costs the others of its batch (I12)',
    file: 'api/records/bulk/register-batch.ts',
    text: 'if (good.length === 1) {',
    becomes: 'if (good.length >= 1) {',
    tests: ['test/api/bulk.test.ts'],
  },
  {
    fault: 'what staff write about a person travels to Temporal with their command (I7)',
    file: 'api/requests/send-command.ts',
    text: 'command: parsed.command, meta, caseRevision',
    becomes: 'command: { ...parsed.command, ...parsed.words }, meta, caseRevision',
    tests: ['test/stories/around-the-answer.test.ts'],
  },

  // worker
  {
    fault: 'the worker runs with other keys than those of its database (I12)',
    file: 'worker/await-keys.ts',
    text: 'if (confirmed.faults.length > 0) throw wrongKeys(keysFile, confirmed.faults);',
    becomes: '',
    tests: ['test/workflows/worker.test.ts'],
  },
  {
    fault: 'a field that nobody allowed is written to the log (I7)',
    file: 'worker/observability/logger.ts',
    text: 'Object.entries(fields).filter(([name]) => Object.hasOwn(fieldNames, name))',
    becomes: 'Object.entries(fields)',
    tests: ['test/workflows/worker.test.ts'],
  },
  {
    fault: 'two daily sweeps run at the same time',
    file: 'worker/temporal/register-namespace.ts',
    text: 'overlap: ScheduleOverlapPolicy.SKIP',
    becomes: 'overlap: ScheduleOverlapPolicy.ALLOW_ALL',
    tests: ['test/workflows/sweep.test.ts'],
  },

  // stack
  {
    fault: 'a program that is not the pinned one is run (checksum)',
    file: 'stack/programs/fetch-prebuilt.ts',
    text: 'if (sha256 !== wheel.sha256) {',
    becomes: 'if (sha256.length !== wheel.sha256.length) {',
    tests: ['test/stack/programs.test.ts'],
  },
  {
    fault: 'a cached program is run although its bytes have changed',
    file: 'stack/programs/program-cache.ts',
    text: 'if (sha256 !== manifest.sha256)',
    becomes: 'if (sha256.length !== manifest.sha256.length)',
    tests: ['test/stack/programs.test.ts'],
  },
  {
    fault: 'lost keys are made anew, and everything sealed with the old ones is lost without a word',
    file: 'stack/services/secrets.ts',
    text: 'if (existsSync(credentialsFileOf(dataFolder)))',
    becomes: "if (existsSync(credentialsFileOf(dataFolder)) && dataFolder === '')",
    tests: ['test/stack/stored-state.test.ts'],
  },
  {
    fault:
      'a process that got the number of another later is taken for the holder of its lock, which nothing frees any more',
    file: 'stack/process/process-lock.mjs',
    text: 'processBirth(claim.pid) === claim.birth',
    becomes: "processBirth(claim.pid) !== ''",
    tests: ['test/stack/process-lock.test.ts'],
  },

  // deploy and migrations
  {
    fault: 'the worker may remove objects from the store (I5)',
    file: 'deploy/store-policies/worker.json',
    text: '"s3:PutObjectLegalHold"',
    becomes: '"s3:PutObjectLegalHold", "s3:DeleteObjectVersion"',
    tests: ['test/structure/one-gate.test.ts'],
  },
  {
    fault: 'the API may rewrite the audit trail (I10)',
    file: 'migrations/2026-11-21-06-audit.ts',
    text: 'GRANT SELECT, INSERT ON audit_entry TO oblio_api',
    becomes: 'GRANT SELECT, INSERT, UPDATE ON audit_entry TO oblio_api',
    tests: ['test/storage/audit-trail.test.ts', 'test/storage/privileges.test.ts'],
  },
];
