import { approved, LINES, type Told } from './order-told';

const [, cup] = LINES as [(typeof LINES)[number], (typeof LINES)[number]];
const pot = { sku: 'pot', quantity: 1, unitPrice: 9 };

/** Revises the order to a cup and a pot, and says which id the pot's line is offered. */
function withPot(told: Told, id: string): string {
  told.revise([cup, pot], { id });
  const { wanted } = told.row(id) as { wanted: { recorded: { content: readonly { lineId: string }[] } } };
  return wanted.recorded.content[1]?.lineId ?? 'none';
}

const stockForPot = {
  allocations: [{ sku: 'pot', nodeId: 'hull', quantity: 1 }],
  backordered: [],
};

test('the id of a line that a revision took out is not given again', () => {
  const told = approved();
  expect(withPot(told, 'c1')).toBe('3');
  told.apply(stockForPot, 'c1');
  told.freeRevised(false, 'c1');
  told.revise([cup], { id: 'c2' });
  told.apply(undefined, 'c2');
  told.freeRevised(false, 'c2');
  expect(told.is.lines.map(({ lineId }) => lineId)).toEqual(['2']);
  expect(withPot(told, 'c3')).toBe('4');
});

test('the id of a line that was offered and turned back is not given again', () => {
  const told = approved();
  expect(withPot(told, 'c1')).toBe('3');
  told.turnBack('OUT_OF_STOCK', 'c1');
  told.freeRevised(false, 'c1');
  expect(withPot(told, 'c2')).toBe('4');
});
