/** The part of an order that the drill reads. */
export interface SeenOrder {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly version: number;
  readonly compensation: string;
  readonly payment: string;
  readonly lines: readonly {
    readonly lineId: string;
    readonly sku: string;
    readonly quantity: number;
    readonly unitPrice: number;
    readonly cancelled?: number;
    readonly returned?: number;
    readonly sources: readonly {
      readonly nodeId: string;
      readonly quantity: number;
      readonly state: string;
    }[];
  }[];
  readonly lastCommand?: {
    readonly id: string;
    readonly kind: string;
    readonly outcome: string;
    readonly reason?: string;
  };
}

export interface SeenShipment {
  readonly id: string;
  readonly state: string;
  readonly restId?: string;
  readonly lines: readonly { readonly lineId: string; readonly sku: string; readonly quantity: number }[];
}

export interface SeenTrip {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly compensation: string;
  readonly bookings: readonly {
    readonly party: string;
    readonly state: string;
    readonly reference?: string;
  }[];
}
