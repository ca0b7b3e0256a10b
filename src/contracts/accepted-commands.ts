import type { CommandKind } from '../domain/order/order';
import type { CreateOrder, OnOrder } from './commands';
import type { BookTrip } from './trips';

/** A command whose caller is told 202 before anything is recorded of it, and what it is for. */
export type AcceptedCommand =
  | { readonly kind: 'create'; readonly command: CreateOrder }
  | { readonly kind: 'trip'; readonly command: BookTrip }
  | { readonly kind: CommandKind; readonly command: OnOrder };
