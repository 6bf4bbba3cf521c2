/**
 * Hands one message to the mail server and says what is known of it afterwards. Speaks SMTP through nodemailer's connection rather
 * than its transport, because only there can one know whether the server was given the text: before, a failure means "not sent";
 * after, without an answer, it means "unknown", and it must not be sent again (I9).
 */
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SmtpConnection from 'nodemailer/lib/smtp-connection';

/** The mail server of this installation, with the sender it knows us by. */
export type MailServer = {
  /** `smtp://user:password@host:port` or `smtps://`; STARTTLS is used where the server offers it. */
  readonly smtpUrl: string;
  /** Sender of all mail. */
  readonly from: string;
};

/** One message in plain text. It is personal data: made where it is sent, kept nowhere. */
export type Mail = {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same for every attempt at the same message, so that a mailbox can drop a second copy. */
  readonly messageId: string;
  readonly date: Date;
  readonly attachments?: readonly MailAttachment[];
};

/** A file that travels with a mail. */
export type MailAttachment = { readonly name: string; readonly mediaType: string; readonly content: Buffer };

/** What is known after the attempt; only `not-now` may be tried again by itself. */
export type MailOutcome =
  /** The server took responsibility for it. */
  | 'sent'
  /** The server will never take it: no such mailbox, refused for good. */
  | 'refused'
  /** The server does not have it and may take it later. */
  | 'not-now'
  /** The server was given the text and did not answer. */
  | 'unknown';

const permanentRefusal = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const [code, replied] = [Reflect.get(error, 'code'), Reflect.get(error, 'responseCode')];
  // An address that is none never becomes one.
  if (code === 'EENVELOPE' && replied === undefined) return true;
  // A wrong password of ours is no refusal of this message: it waits until the settings are right.
  return code !== 'EAUTH' && typeof replied === 'number' && replied >= 500 && replied < 600;
};

const answered = (error: unknown): boolean =>
  error instanceof Error && typeof Reflect.get(error, 'responseCode') === 'number';

type Composed = { readonly message: Buffer; readonly envelope: { readonly from: string; readonly to: string[] } };

const compose = ({ to, subject, text, messageId, date, attachments = [] }: Mail, from: string): Promise<Composed> => {
  const composer = new MailComposer({
    from,
    to,
    subject,
    text,
    messageId,
    date,
    attachments: attachments.map(({ name, mediaType, content }) => ({
      filename: name,
      contentType: mediaType,
      content,
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const node = composer.compile();
  const { from: sender, to: recipients } = node.getEnvelope();
  return new Promise((resolve, reject) => {
    node.build((error, message) =>
      error || !message
        ? reject(error ?? new Error('The mail could not be composed'))
        : resolve({ message, envelope: { from: sender || '', to: [...recipients] } }),
    );
  });
};

const connect = (smtpUrl: string): Promise<SmtpConnection> => {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  const connection = new SmtpConnection({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    connectionTimeout: 20_000,
    greetingTimeout: 20_000,
    socketTimeout: 60_000,
    logger: false,
  });
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.connect((error) => {
      if (error) return reject(error);
      if (url.username === '') return resolve(connection);
      const credentials = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
      connection.login({ credentials }, (refused) => (refused ? reject(refused) : resolve(connection)));
    });
  });
};

/** Tries once. Never throws for what a mail server may do; the answer says what is known. */
export const deliverMail = async ({ smtpUrl, from }: MailServer, mail: Mail): Promise<MailOutcome> => {
  let given = false;
  let connection: SmtpConnection | undefined;
  try {
    const { message, envelope } = await compose(mail, from);
    const open = await connect(smtpUrl);
    connection = open;
    await new Promise<void>((resolve, reject) => {
      // Pulled only when the server has said 354: from there on it may have the message.
      const text = Readable.from(
        (function* () {
          given = true;
          yield message;
        })(),
      );
      open.on('error', reject);
      open.send({ ...envelope, size: message.length }, text, (error) => (error ? reject(error) : resolve()));
    });
    return 'sent';
  } catch (error) {
    if (permanentRefusal(error)) return 'refused';
    return given && !answered(error) ? 'unknown' : 'not-now';
  } finally {
    connection?.quit();
    connection?.close();
  }
};
