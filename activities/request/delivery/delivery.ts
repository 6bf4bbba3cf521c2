/**
 * A letter's file and its way to the person: rendered into the case file with its hash in the protocol register, and sent by PEC or
 * e-mail once a person has released it. Each release is marked before the mail server is spoken to; where it cannot be known whether
 * the mail left, it goes back to staff and is never sent again by itself (I9).
 */

import { given } from '../../../domain/given.ts';
import type { CaseLetter } from '../../../domain/letter/letter-content.ts';
import { isMailChannel, letterMessageId } from '../../../domain/request/course/delivery.ts';
import { localDateAt } from '../../../domain/time/calendar.ts';
import { days } from '../../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../../domain/time/instant.ts';
import type { FontLibrary } from '../../../letters/document/font-library.ts';
import { createFontLibrary } from '../../../letters/document/font-library.ts';
import type { Attachment } from '../../../letters/document/model.ts';
import { renderLetter } from '../../../letters/render-letter.ts';
import { type SignaturePort, unsigned } from '../../../letters/signature/port.ts';
import { letterMailText, type MailLink } from '../../../letters/texts/mails.ts';
import {
  beginSending,
  type LetterDeliveryOutcome,
  postponeSending,
  settleSending,
} from '../../../storage/letters/deliveries.ts';
import {
  finalLetterFile,
  type LetterFile,
  listLetterFiles,
  storeHandedInFile,
  storeRenderedFile,
  wholeLetterFile,
} from '../../../storage/letters/files.ts';
import { composedAt, readLetter } from '../../../storage/letters/letters.ts';
import { makeLink, revokeLinksOf } from '../../../storage/letters/links.ts';
import type { CaseStep, DeliveryActivities, SendLetterResult } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { keptAlive } from '../../heartbeat.ts';
import { deliverMail, type MailServer } from '../../mail/deliver-mail.ts';
import { policyFor, type RequestDeps } from '../case-file/case-file.ts';

/** Named moments for tests that stop the process there; in production nothing happens at them. */
export type DeliveryMoment = 'composed' | 'rendered' | 'marked' | 'sent';

/** What rendering and sending stand on; what is optional is decided by the installation's settings. */
export type DeliveryDeps = RequestDeps & {
  readonly mail: MailServer;
  /** The mailbox of certified mail, where it has a server of its own. */
  readonly pecMail?: MailServer;
  readonly signature?: SignaturePort;
  /** Where links of this installation begin, for example `https://diritti.example.it`; without it nothing is sent as a link. */
  readonly publicUrl?: string;
  /** Largest file that travels as an attachment, in bytes. */
  readonly largestAttachment?: number;
  /** Days for which a link opens. */
  readonly linkDays?: number;
  /** The package that belongs to a letter, if one was made; always handed over by a link. */
  readonly findPackage?: (input: {
    readonly caseId: string;
    readonly letterId: string;
  }) => Promise<{ readonly packageId: string } | undefined>;
  /** Files that a letter carries inside its PDF. */
  readonly attachmentsOf?: (input: CaseStep & { readonly letterId: string }) => Promise<readonly Attachment[]>;
  readonly atMoment?: (moment: DeliveryMoment) => Promise<void>;
};

/** Most PEC providers take 30 MB with everything; base64 adds a third. */
const defaultLargestAttachment = 10 * 1024 * 1024;

/** Days for which a link to a letter opens where the settings name none. */
const defaultLinkDays = 30;

const machine = { id: 'oblio', role: 'system' } as const;

const wholeFile = (deps: DeliveryDeps, file: LetterFile): Promise<Buffer> =>
  wholeLetterFile({ db: deps.database, sealing: deps.sealing }, file);

const contentOf = async (deps: DeliveryDeps, letterId: string): Promise<CaseLetter> => {
  const content = await readLetter({ db: deps.database, sealing: deps.sealing }, letterId);
  if (content === undefined) throw failureOf('case-unknown');
  return content;
};

const signHere = async (
  deps: DeliveryDeps,
  signature: Extract<SignaturePort, { kind: 'local' }>,
  { step, content, writtenAt }: { step: CaseStep & { letterId: string }; content: CaseLetter; writtenAt: Instant },
): Promise<void> => {
  const { caseId, controller, letterId, now } = step;
  const files = await listLetterFiles(deps.database, letterId);
  const rendered = files.find(({ form }) => form === 'rendered');
  if (rendered === undefined || files.some(({ form }) => form === 'signed')) return;
  const bytes = await signature.sign({
    letter: await wholeFile(deps, rendered),
    signer: `${content.signatory.office}, ${content.signatory.name}`,
    reason: content.language === 'it' ? 'Firma della comunicazione' : 'Signature of the letter',
    at: writtenAt,
  });
  await storeHandedInFile(
    { db: deps.database, sealing: deps.sealing },
    {
      caseId,
      controller,
      letterId,
      actor: machine,
      now,
      form: 'signed',
      detail: 'pades',
      mediaType: 'application/pdf',
      bytes,
    },
  );
};

const render = async (
  deps: DeliveryDeps,
  library: FontLibrary,
  step: CaseStep & { readonly letterId: string },
): ReturnType<DeliveryActivities['renderLetter']> => {
  const { caseId, controller, letterId, now } = step;
  await deps.atMoment?.('composed');
  const content = await contentOf(deps, letterId);
  const writtenAt = await composedAt(deps.database, letterId);
  const policy = policyFor(deps, controller);
  await storeRenderedFile(
    { db: deps.database, sealing: deps.sealing },
    { caseId, controller, letterId, actor: machine, now },
    async (target) => {
      // Ordinary mail is open to all who read the mailbox (Art. 32): there the copy is fetched by a link with a second factor.
      const open = content.addressee.delivery.kind === 'email';
      const attachments = open ? [] : ((await deps.attachmentsOf?.(step)) ?? []);
      return renderLetter({ library }, { content, policy, writtenAt, attachments }, target);
    },
  );
  const { signature = unsigned } = deps;
  if (signature.kind === 'local') await signHere(deps, signature, { step, content, writtenAt });
  await deps.atMoment?.('rendered');
  return { channel: content.addressee.delivery.kind };
};

/** A name without anything personal: it stands in mailboxes and download folders. */
const fileName = (content: CaseLetter, file: LetterFile): string =>
  `${content.protocol.date.slice(0, 4)}-${content.protocol.number}${file.detail === 'cades' ? '.pdf.p7m' : '.pdf'}`;

type Prepared = { readonly links: readonly MailLink[]; readonly linkId: string | undefined };

/** Makes the links a mail brings; those of an earlier attempt were sent to no one and are revoked. */
const prepareLinks = async (
  deps: DeliveryDeps,
  { caseId, controller, letterId, now }: CaseStep & { readonly letterId: string },
  letterByLink: boolean,
): Promise<Prepared> => {
  const { publicUrl, linkDays = defaultLinkDays } = deps;
  if (publicUrl === undefined) return { links: [], linkId: undefined };
  const found = await deps.findPackage?.({ caseId, letterId });
  const wanted: readonly { opens: MailLink['opens']; packageId?: string }[] = [
    ...(letterByLink ? [{ opens: 'letter' as const }] : []),
    ...(found === undefined ? [] : [{ opens: 'package' as const, packageId: found.packageId }]),
  ];
  if (wanted.length === 0) return { links: [], linkId: undefined };
  const expiresAt = instantPlus(now, days(linkDays));
  const until = localDateAt(expiresAt, policyFor(deps, controller).timeZone);
  return deps.database.transaction().execute(async (tx) => {
    await revokeLinksOf(tx, letterId, { actor: machine, now });
    const links: MailLink[] = [];
    let linkId: string | undefined;
    for (const { opens, packageId } of wanted) {
      const made = await makeLink(tx, deps.sealing, {
        caseId,
        controller,
        letterId,
        ...given({ packageId }),
        expiresAt,
        withCode: false,
        actor: machine,
        now,
      });
      linkId ??= made.linkId;
      links.push({ url: new URL(`/links/${made.token}`, publicUrl).href, until, opens });
    }
    return { links, linkId };
  });
};

const resultOf = (channel: 'pec' | 'email', outcome: LetterDeliveryOutcome): SendLetterResult => {
  switch (outcome) {
    case 'sent':
      return { kind: 'sent', channel };
    case 'refused':
      return { kind: 'undelivered', why: 'refused' };
    case 'unknown':
    case 'given-up':
      return { kind: 'undelivered', why: 'unknown' };
  }
};

const send = async (
  deps: DeliveryDeps,
  step: Parameters<DeliveryActivities['sendLetter']>[0],
): Promise<SendLetterResult> => {
  const { caseId, controller, letterId, releaseId, now } = step;
  const { database: db, signature = unsigned } = deps;
  // Everything that can fail without the mail server comes before the mark.
  const content = await contentOf(deps, letterId);
  const { delivery } = content.addressee;
  if (!isMailChannel(delivery.kind) || !('address' in delivery)) return { kind: 'undelivered', why: 'no-address' };
  const { kind: channel, address } = delivery;
  const file = await finalLetterFile(db, letterId);
  if (file === undefined) throw failureOf('case-unknown');
  if (signature.kind !== 'unsigned' && file.form !== 'signed') return { kind: 'undelivered', why: 'signature-missing' };
  const byLink = deps.publicUrl !== undefined && file.size > (deps.largestAttachment ?? defaultLargestAttachment);
  const attachments = byLink
    ? []
    : [{ name: fileName(content, file), mediaType: file.mediaType, content: await wholeFile(deps, file) }];

  const begun = await beginSending(db, { releaseId, letterId, caseId, channel, now });
  if (begun.kind === 'settled') return resultOf(channel, begun.outcome);
  if (begun.kind === 'interrupted') {
    await settleSending(db, { releaseId, controller, outcome: 'unknown', now });
    return resultOf(channel, 'unknown');
  }
  await deps.atMoment?.('marked');
  const { links, linkId } = await prepareLinks(deps, step, byLink);
  const outcome = await deliverMail(channel === 'pec' ? (deps.pecMail ?? deps.mail) : deps.mail, {
    to: address,
    ...letterMailText(content, links),
    messageId: letterMessageId(letterId),
    date: new Date(now),
    attachments,
  });
  if (outcome === 'not-now') {
    await postponeSending(db, releaseId);
    throw failureOf('service-unreachable');
  }
  await deps.atMoment?.('sent');
  await settleSending(db, { releaseId, controller, outcome, fileSha256: file.sha256, ...given({ linkId }), now });
  return resultOf(channel, outcome);
};

/** Makes the activities. Fonts are read when the first letter is rendered, and shared by all. */
export const createDeliveryActivities = (deps: DeliveryDeps): DeliveryActivities => {
  let library: FontLibrary | undefined;
  return {
    renderLetter: (input) =>
      keptAlive(() => {
        library ??= createFontLibrary();
        return render(deps, library, input);
      }),
    sendLetter: (input) => keptAlive(() => send(deps, input)),
    giveUpSending: async ({ releaseId, controller, now }) => {
      await settleSending(deps.database, { releaseId, controller, outcome: 'given-up', now });
    },
  };
};
