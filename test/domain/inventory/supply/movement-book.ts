import type { MovementSum, SupplyMovement } from '../../../../src/domain/inventory/supply/supply';
import type { KnownMovements } from '../../../../src/domain/inventory/supply/supply-feed';

/** All movements of one place, summed from the first each time: slow, and hard to get wrong. */
export class MovementBook implements KnownMovements {
  readonly #heard = new Map<number, SupplyMovement>();

  at(sequence: number): SupplyMovement | undefined {
    return this.#heard.get(sequence);
  }

  above(sequence: number | null, since: string | null, instead?: SupplyMovement): MovementSum {
    const heard = new Map(this.#heard);
    if (instead) heard.set(instead.sequence, instead);
    const later = [...heard.values()].filter((one) => one.sequence > (sequence ?? -1));
    const earliest = ({ observedAt, receivedAt }: SupplyMovement) => [observedAt, receivedAt].sort()[0] ?? '';
    const counting = later.filter((one) => since === null || earliest(one) > since);
    return {
      moved: counting.reduce((sum, { movement }) => sum + movement, 0),
      movedThrough: later.length === 0 ? null : Math.max(...later.map((one) => one.sequence)),
      heardAt: later.map(earliest).sort().at(-1) ?? null,
    };
  }

  all(): readonly SupplyMovement[] {
    return [...this.#heard.values()];
  }

  record(movement: SupplyMovement): void {
    this.#heard.set(movement.sequence, movement);
  }
}
