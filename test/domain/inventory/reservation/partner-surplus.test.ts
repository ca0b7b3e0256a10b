import { InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, anItem, later, NOON } from '../inventory-samples';

const ID = 'rsv_1';
const tea = (quantity: number) => [{ sku: 'tea', quantity }];
const at = (nodeId: string, quantity: number) => ({ sku: 'tea', nodeId, quantity });
const back = (nodeId: string, quantity: number) => ({ ...at(nodeId, quantity), place: null });
const shipping = (quantity: number) => ({ shipmentId: 'shp_1', takes: [at('p', quantity)] });

/** Creates five units at a partner for the order, and five more at an own node. */
function atPartner(): InventoryLedger {
  const nodes = [aNode('n', { priority: 2 }), aNode('p', { kind: 'partner' })];
  const ledger = new InventoryLedger(nodes, ['tea'], NOON, [anItem('tea')]);
  for (const nodeId of ['n', 'p']) ledger.count('tea', nodeId, aCount(5));
  ledger.beginSet(later(NOON, 1));
  const buyer = { region: 'north', channel: null, shippingMethod: null, customerId: null };
  const order = { reservationId: ID, caller: 'shop', orderId: 'ord_1', ttlSeconds: null, buyer };
  ledger.reserve({ ...order, demands: tea(5) });
  expect(ledger.reservation(ID)?.allocations).toMatchObject([at('p', 5)]);
  ledger.beginSet(later(NOON, 2));
  return ledger;
}

const replacing = (quantity: number) =>
  ({ nodeId: 'p', reason: 'NO_CAPACITY', elsewhere: tea(quantity), exhausted: [] }) as const;

describe('what is given back says whether a partner is left with less to deliver', () => {
  test.each([
    ['a cancel', (ledger: InventoryLedger) => ledger.releaseRest(ID, []), true],
    [
      'a cancel while all of it leaves',
      (ledger: InventoryLedger) => ledger.releaseRest(ID, [at('p', 5)]),
      false,
    ],
    [
      'a cancel while some of it leaves',
      (ledger: InventoryLedger) => ledger.releaseRest(ID, [at('p', 1)]),
      true,
    ],
    ['a revision of some of it', (ledger: InventoryLedger) => ledger.shrink(ID, [back('p', 4)]), true],
    ['a revision of all of it', (ledger: InventoryLedger) => ledger.shrink(ID, [back('p', 5)]), true],
    ['some given back', (ledger: InventoryLedger) => ledger.replace(ID, replacing(2)), true],
    ['all given back', (ledger: InventoryLedger) => ledger.replace(ID, replacing(5)), true],
  ])('%s', (_name, give, hasSurplus) => {
    const { answer } = give(atPartner());
    expect(answer).toMatchObject({ kind: 'done' });
    expect('hasSurplus' in answer).toBe(hasSurplus);
  });

  test.each([
    ['a cancel', (ledger: InventoryLedger) => ledger.releaseRest(ID, [at('p', 1)])],
    ['a revision', (ledger: InventoryLedger) => ledger.shrink(ID, [back('p', 4)])],
    ['all that was left', (ledger: InventoryLedger) => ledger.replace(ID, replacing(4))],
  ])('also once some of it has shipped: %s', (_name, give) => {
    const ledger = atPartner();
    ledger.consume(ID, shipping(1));
    const { answer } = give(ledger);
    expect(answer).toMatchObject({ kind: 'done', hasSurplus: true });
  });

  test('what has shipped is nobody’s surplus', () => {
    const ledger = atPartner();
    ledger.consume(ID, shipping(5));
    expect(ledger.releaseRest(ID, [at('p', 5)]).answer).toEqual({ kind: 'done' });
  });

  test('and units of our own nodes are nobody’s booking', () => {
    const ledger = atPartner();
    ledger.replace(ID, replacing(5));
    expect(ledger.releaseRest(ID, []).answer).toEqual({ kind: 'done' });
    expect(ledger.releaseRest(ID, []).answer).toEqual({ kind: 'done' });
  });
});
