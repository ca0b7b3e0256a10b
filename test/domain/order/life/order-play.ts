import fc from 'fast-check';
import type {
  WantedReturn,
  WantedRevision,
  WantedShipping,
} from '../../../../src/domain/command/recorded-command';
import type { Order, RejectionReason, ReturnCondition, Shipment } from '../../../../src/domain/order/order';

export const SKUS = ['cup', 'tea'] as const;
export const NODES = ['n1', 'n2', 'n3'] as const;

interface DrawnShipment {
  readonly shipment: number;
  /** True to choose a shipment in a fitting state, if there is one. */
  readonly isApt: boolean;
}

/** A drawn command: its subject is chosen from the order's content when the command is given. */
export type DrawnCommand =
  | (DrawnShipment & { readonly kind: 'accept' | 'deliver' | 'overdue' })
  | (DrawnShipment & {
      readonly kind: 'ship';
      /** The units of one line that leave; null: the whole shipment. */
      readonly part: { readonly line: number; readonly quantity: number } | null;
    })
  | {
      readonly kind: 'reject';
      readonly shipment: number;
      readonly line: number;
      readonly quantity: number;
      readonly reason: Exclude<RejectionReason, 'NO_RESPONSE'>;
    }
  | { readonly kind: 'cancel' }
  | {
      readonly kind: 'return';
      readonly line: number;
      readonly quantity: number;
      readonly condition: ReturnCondition;
      readonly node: string;
    }
  | {
      readonly kind: 'revise';
      readonly isStale: boolean;
      /** The changes to the order's lines, in turn; a quantity of zero removes a line. */
      readonly changes: readonly { readonly by: number; readonly priceBy: number }[];
      readonly added: { readonly sku: string; readonly quantity: number } | null;
      /** True to leave out the ids of lines. */
      readonly isUnnamed: boolean;
      /** Units that go from each line into a line of their own, one dearer; 0 for none. */
      readonly split: number;
    };

/** One move of a story. */
export type Move =
  | { readonly do: 'begin'; readonly command: DrawnCommand }
  /** Runs the next step of a saga under way; `isLost`: the answer does not arrive and the step runs again. */
  | { readonly do: 'advance'; readonly saga: number; readonly isLost: boolean }
  /** The next step of a saga meets a fault, before or after the step takes effect. */
  | { readonly do: 'fault'; readonly saga: number; readonly isTaken: boolean; readonly isProvable: boolean }
  /** The relay takes an open command for lost and runs its saga again, beside one that is only slow. */
  | { readonly do: 'takeUp'; readonly command: number }
  /** A late run of any command, closed or open; `isUnaware`: it was started before its saga's decision. */
  | { readonly do: 'late'; readonly command: number; readonly isUnaware: boolean }
  /** A saga that died restarts from its first step. */
  | { readonly do: 'restart'; readonly saga: number }
  /** A repeat of an earlier command, under its own id. */
  | { readonly do: 'repeat'; readonly command: number }
  /** An operator attends to a command that needs one. */
  | { readonly do: 'operate'; readonly command: number; readonly isByHand: boolean }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'deliver'; readonly sku: string; readonly node: string; readonly quantity: number };

export interface OrderStory {
  readonly shipComplete: boolean;
  readonly canBackorder: boolean;
  readonly creditLimit: number;
  /** The units of each SKU, by node. */
  readonly stock: Readonly<Record<string, readonly number[]>>;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[];
  readonly moves: readonly Move[];
}

/** A command on an existing order. */
export type OrderCommand =
  | {
      readonly kind: 'accept' | 'deliver' | 'overdue';
      readonly commandId: string;
      readonly shipmentId: string;
    }
  | {
      readonly kind: 'ship';
      readonly commandId: string;
      readonly shipmentId: string;
      readonly lines: WantedShipping['lines'];
    }
  | {
      readonly kind: 'reject';
      readonly commandId: string;
      readonly shipmentId: string;
      readonly lineId: string;
      readonly quantity: number;
      readonly reason: Exclude<RejectionReason, 'NO_RESPONSE'>;
    }
  | { readonly kind: 'cancel'; readonly commandId: string }
  | {
      readonly kind: 'return';
      readonly commandId: string;
      readonly nodeId: string;
      readonly lines: WantedReturn['lines'];
    }
  | {
      readonly kind: 'revise';
      readonly commandId: string;
      readonly baseVersion: number;
      readonly lines: WantedRevision['lines'];
    };

const NO_SHIPMENT = 'shp_9_9';

const APT: Readonly<Record<'accept' | 'ship' | 'deliver' | 'overdue', readonly string[]>> = {
  accept: ['RELEASED'],
  ship: ['ACCEPTED'],
  deliver: ['SHIPPED'],
  overdue: ['RELEASED', 'ACCEPTED'],
};

/** Returns the drawn command for this order; the order may have to refuse it. */
export function commandFor(
  order: Pick<Order, 'shipments' | 'lines' | 'version'>,
  drawn: DrawnCommand,
  commandId: string,
): OrderCommand {
  switch (drawn.kind) {
    case 'accept':
    case 'deliver':
    case 'overdue':
      return { kind: drawn.kind, commandId, shipmentId: chosen(order, drawn)?.id ?? NO_SHIPMENT };
    case 'ship': {
      const shipment = chosen(order, drawn);
      const { kind, part } = drawn;
      const lines = part && [{ lineId: lineOf(shipment, part.line), quantity: part.quantity }];
      return { kind, commandId, shipmentId: shipment?.id ?? NO_SHIPMENT, lines };
    }
    case 'reject': {
      const shipment = pick(order.shipments, drawn.shipment);
      const lineId = lineOf(shipment, drawn.line);
      const { kind, quantity, reason } = drawn;
      return { kind, commandId, shipmentId: shipment?.id ?? NO_SHIPMENT, lineId, quantity, reason };
    }
    case 'cancel':
      return { kind: 'cancel', commandId };
    case 'return': {
      const { kind, line, quantity, condition, node: nodeId } = drawn;
      const sent = order.shipments.filter(({ captured }) => captured !== undefined);
      const ids = [...sent.flatMap(({ lines }) => lines), ...order.lines].map(({ lineId }) => lineId);
      return {
        kind,
        commandId,
        nodeId,
        lines: [{ lineId: pick(ids, line) ?? 'another', quantity, condition }],
      };
    }
    case 'revise': {
      const baseVersion = order.version - (drawn.isStale ? 1 : 0);
      return { kind: 'revise', commandId, baseVersion, lines: revisedLines(order, drawn) };
    }
  }
}

function chosen(
  { shipments }: Pick<Order, 'shipments'>,
  { kind, isApt, shipment }: Extract<DrawnCommand, DrawnShipment & { readonly isApt: boolean }>,
): Shipment | undefined {
  const apt = shipments.filter(({ state }) => APT[kind].includes(state));
  return pick(isApt && apt.length > 0 ? apt : shipments, shipment);
}

/** Returns a line of a shipment, by the id that its units had first. */
function lineOf(shipment: Shipment | undefined, at: number): string {
  const line = pick(shipment?.lines ?? [], at);
  return line?.formerly?.[0] ?? line?.lineId ?? 'another';
}

function revisedLines(
  { lines }: Pick<Order, 'lines'>,
  { changes, added, isUnnamed, split }: Extract<DrawnCommand, { kind: 'revise' }>,
): WantedRevision['lines'] {
  const kept = lines.map(({ lineId, sku, quantity, unitPrice }, at) => {
    const { by, priceBy } = changes[at % changes.length] ?? { by: 0, priceBy: 0 };
    return { lineId, sku, quantity: quantity + by, unitPrice: Math.max(1, unitPrice + priceBy) };
  });
  const left = kept
    .filter(({ quantity }) => quantity > 0)
    .flatMap(({ lineId, ...line }) => {
      const own = isUnnamed ? line : { lineId, ...line };
      if (split === 0 || split >= line.quantity) return [own];
      const { sku, quantity, unitPrice } = line;
      return [
        { ...own, quantity: quantity - split },
        { sku, quantity: split, unitPrice: unitPrice + 1 },
      ];
    });
  return added ? [...left, { ...added, unitPrice: 7 }] : left;
}

function pick<T>(items: readonly T[], at: number): T | undefined {
  return items[at % Math.max(1, items.length)];
}

const shipment = fc.nat(5);
const isApt = fc.nat(5).map((dice) => dice > 0);
const part = fc.option(fc.record({ line: fc.nat(2), quantity: fc.integer({ min: 1, max: 3 }) }));
const drawn: fc.Arbitrary<DrawnCommand> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('accept' as const), shipment, isApt }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ship' as const), shipment, isApt, part }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deliver' as const), shipment, isApt }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('overdue' as const), shipment, isApt }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reject' as const),
      shipment,
      line: fc.nat(2),
      quantity: fc.integer({ min: 1, max: 4 }),
      reason: fc.constantFrom(
        'NOT_IN_STOCK' as const,
        'MISMATCH' as const,
        'DAMAGED' as const,
        'NO_CAPACITY' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('return' as const),
      line: fc.nat(3),
      quantity: fc.constantFrom(1, 1, 2, 3),
      condition: fc.constantFrom('SELLABLE' as const, 'DAMAGED' as const),
      node: fc.constantFrom(...NODES),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('revise' as const),
      isStale: fc.nat(9).map((dice) => dice === 0),
      changes: fc.array(
        fc.record({ by: fc.integer({ min: -4, max: 3 }), priceBy: fc.constantFrom(0, 0, 0, -2, 3) }),
        { minLength: 1, maxLength: 3 },
      ),
      added: fc.option(
        fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 4 }) }),
        { freq: 3 },
      ),
      isUnnamed: fc.boolean(),
      split: fc.constantFrom(0, 0, 1, 2),
    }),
  },
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('begin' as const), command: drawn }) },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      saga: fc.nat(9),
      isLost: fc.nat(5).map((dice) => dice === 0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      saga: fc.nat(9),
      isTaken: fc.boolean(),
      isProvable: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('takeUp' as const), command: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('late' as const), command: fc.nat(9), isUnaware: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), saga: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat' as const), command: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('operate' as const),
      command: fc.nat(9),
      isByHand: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 60, 600) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      sku: fc.constantFrom(...SKUS),
      node: fc.constantFrom(...NODES),
      quantity: fc.integer({ min: 1, max: 6 }),
    }),
  },
);

const atNodes = fc.array(fc.nat(7), { minLength: NODES.length, maxLength: NODES.length });

export const stories: fc.Arbitrary<OrderStory> = fc.record({
  shipComplete: fc.nat(3).map((dice) => dice === 0),
  canBackorder: fc.boolean(),
  creditLimit: fc.constantFrom(80, 1_000, 1_000),
  stock: fc.record({ cup: atNodes, tea: atNodes }),
  lines: fc.array(
    fc.record({
      sku: fc.constantFrom(...SKUS),
      quantity: fc.integer({ min: 1, max: 5 }),
      unitPrice: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  moves: fc.array(move, { minLength: 60, maxLength: 120 }),
});
