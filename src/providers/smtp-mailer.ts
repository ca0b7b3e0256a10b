export interface MailSettings {
  /** smtp:// or smtps://, with user and password where the server asks for them. */
  readonly url: string;
  readonly from: string;
}

export interface Mail {
  /** Identifies the mail: a server or a reader that gets it twice can tell. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /**
   * Hands a mail to the mail server.
   * @throws MailRefused when the server refuses this mail for good; any other error when it does not answer
   */
  send(mail: Mail): Promise<void>;
}

/** The mail server refuses a mail for good, for example because the address does not exist. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;

/** Creates a mailer that talks SMTP. It opens a connection for each mail. */
export function smtpMailer({ url, from }: MailSettings): Mailer {
  const options = {
    url,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
  };
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    async send({ id, to, subject, text }) {
      // Loaded with the first mail: most installations send none.
      const { createTransport } = await import('nodemailer');
      try {
        await createTransport(options).sendMail({ from, to, subject, text, messageId: `<${id}@${domain}>` });
      } catch (error) {
        throw withoutAddress(error);
      }
    },
  };
}

/**
 * Keeps of a reply to one mail its code only: the text may repeat the address, and would then outlive the erasure of the
 * order in logs and in the parked event. Codes 500 to 599 are final (RFC 5321, 4.2.1), except that of a failed login,
 * which concerns no single mail.
 */
function withoutAddress(error: unknown): unknown {
  const { responseCode, code } = error as { readonly responseCode?: unknown; readonly code?: unknown };
  if (typeof responseCode !== 'number' || code === 'EAUTH') return error;
  if (responseCode < 500) return new Error(`the mail server answers ${responseCode}`);
  return new MailRefused(`the mail server refuses the mail with ${responseCode}`);
}
