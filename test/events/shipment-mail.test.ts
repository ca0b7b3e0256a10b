import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { shipmentMail } from '../../src/events/handlers/shipment-mail';
import { smtpMailer } from '../../src/providers/smtp-mailer';
import { openStores, type Stores } from '../../src/stores/stores';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { caughtUpWith, Relays } from './following';
import { LogWriter } from './log-writers';

/** A mail server that keeps the mail it gets, and refuses one address for good. */
class MailSink {
  readonly mails: string[] = [];
  readonly #server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => {
      const isGone = address.startsWith('gone@');
      done(isGone ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : null);
    },
    onData: (stream, _session, done) => {
      let text = '';
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.on('end', () => {
        this.mails.push(text);
        done();
      });
    },
  });

  async listen(port = 0): Promise<number> {
    const server = this.#server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve));
  }
}

const SHIPPED = 'orders.shipment-shipped.v1';

let database: TestDatabase;
let stores: Stores;
let writer: LogWriter;
let sink: MailSink;
let port: number;
const relays = new Relays();
/** The mail address of each order. */
const orders = { shownOrders: async () => new Map(Object.entries(ORDERS)) as never };
const ORDERS = {
  ord_ann: { personal: { metadata: { email: 'ann@example.com' } } },
  ord_gone: { personal: { metadata: { email: 'gone@example.com' } } },
  ord_bob: { personal: { metadata: null } },
  ord_erased: { personal: 'erased' },
};

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
  writer = await LogWriter.connect(database.url, 'orders');
  sink = new MailSink();
  port = await sink.listen();
});

afterEach(async () => {
  await relays.stop();
  await sink.close();
  await writer.end();
  await stores.close();
  await database.drop();
});

function start(): void {
  const mailer = smtpMailer({ url: `smtp://127.0.0.1:${port}`, from: 'shop@example.com' });
  relays.start(stores, shipmentMail(orders, mailer));
}

const shipped = (order: string, tracking: string | null = null) =>
  writer.append(`order/${order}`, SHIPPED, { shipmentId: `${order}/1`, tracking }, order);
const caughtUp = () => caughtUpWith(stores.subscriptions.orders, 'shipment-mail');

test('a customer with an address is told once that a shipment has left, with its tracking', async () => {
  await shipped('ord_ann', 'TRACK-1');
  await shipped('ord_bob');
  await shipped('ord_erased');
  start();
  await caughtUp();
  expect(sink.mails).toHaveLength(1);
  const [{ id } = { id: '' }] = await writer.query<{ id: string }>(
    `SELECT id FROM event WHERE correlation = 'ord_ann'`,
  );
  expect(sink.mails[0]).toMatch(/^To: ann@example\.com$/m);
  expect(sink.mails[0]).toMatch(/^Subject: Your order ord_ann has left$/m);
  expect(sink.mails[0]).toMatch(/^Tracking: TRACK-1$/m);
  expect(sink.mails[0]).toMatch(new RegExp(`^Message-ID: <${id}@example.com>$`, 'm'));
});

test('an address that the mail server refuses is parked without the address, and other customers get their mail', async () => {
  await shipped('ord_gone');
  await shipped('ord_ann');
  start();
  await caughtUp();
  expect(sink.mails).toHaveLength(1);
  const [{ parked } = { parked: [] }] = await stores.subscriptions.orders.list();
  expect(parked).toMatchObject([{ failure: 'the mail server refuses the mail with 550' }]);
});

test('a mail server that is down parks nothing: the mail is sent when it is back', async () => {
  await sink.close();
  await shipped('ord_ann');
  start();
  while (relays.errors.length < 4) await new Promise(setImmediate);
  sink = new MailSink();
  await sink.listen(port);
  await caughtUp();
  expect(sink.mails).toHaveLength(1);
  expect(await stores.subscriptions.orders.list()).toMatchObject([{ parkedCount: 0, failure: null }]);
});
