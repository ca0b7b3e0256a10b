import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CallResult } from '../contracts/call-results';
import type { FedRows } from '../stores/inventory/feed/inventory-feed';
import type { DecidedOrder } from '../stores/orders/orders-store';
import type { DecidedTrip } from '../stores/trips/trips-store';
import { type IntakeLoad, registerIntakes } from './intake-metrics';

const STEP_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DECISION_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const CALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_SIZES = [1, 2, 5, 10, 20, 40, 85];

/**
 * The registry of one process, and the metrics that it counts while it works. Every process has all of them: one that
 * does no such work shows a metric without values.
 */
export class ProcessMetrics {
  readonly registry = new Registry();
  readonly #orders: Counter<'outcome' | 'reason'>;
  readonly #decisions: Histogram;
  readonly #batches: Histogram<'kind'>;
  readonly #steps: Histogram<'step' | 'result'>;
  readonly #calls: Histogram<'partner' | 'call' | 'result'>;
  readonly #suspended: Gauge<'partner'>;
  readonly #fed: Counter<'source' | 'outcome'>;
  readonly #trips: Counter<'outcome' | 'reason'>;
  readonly #restarts: Counter;
  readonly #watchFailures: Counter<'watch'>;
  readonly #spans: Counter<'fate'>;
  #intakes: Readonly<Record<string, IntakeLoad>> = {};

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    registerIntakes(this.registry, () => this.#intakes);
    this.#orders = new Counter({
      name: 'holdfast_orders_total',
      help: 'Orders that this process has decided, by outcome; a rejected one has a reason',
      labelNames: ['outcome', 'reason'],
      registers,
    });
    this.#trips = new Counter({
      name: 'holdfast_trips_total',
      help: 'Trips that this process has decided, by outcome; a rejected one has a reason',
      labelNames: ['outcome', 'reason'],
      registers,
    });
    this.#decisions = new Histogram({
      name: 'holdfast_order_decision_seconds',
      help: 'Time from the record of an order to its decision',
      buckets: DECISION_SECONDS,
      registers,
    });
    this.#batches = new Histogram({
      name: 'holdfast_batch_size',
      help: 'Commands that were recorded together, by their kind',
      labelNames: ['kind'],
      buckets: BATCH_SIZES,
      registers,
    });
    this.#steps = new Histogram({
      name: 'holdfast_step_duration_seconds',
      help: 'Time that the step or compensation of a command took, together with those of its batch',
      labelNames: ['step', 'result'],
      buckets: STEP_SECONDS,
      registers,
    });
    this.#calls = new Histogram({
      name: 'holdfast_partner_call_duration_seconds',
      help: 'Time that a call to a third party took; calls that a circuit breaker holds back are not made',
      labelNames: ['partner', 'call', 'result'],
      buckets: CALL_SECONDS,
      registers,
    });
    this.#suspended = new Gauge({
      name: 'holdfast_partner_suspended',
      help: '1 after calls of this process to a third party were suspended, until one is answered again; then 0',
      labelNames: ['partner'],
      registers,
    });
    this.#fed = new Counter({
      name: 'holdfast_feed_rows_total',
      help: 'Rows of supply feeds that this process has answered, by source and outcome',
      labelNames: ['source', 'outcome'],
      registers,
    });
    this.#restarts = new Counter({
      name: 'holdfast_sagas_restarted_total',
      help: 'Lost sagas that the relay has started again',
      registers,
    });
    this.#watchFailures = new Counter({
      name: 'holdfast_watch_failures_total',
      help: 'Failed attempts of a recovery watch to find due rows',
      labelNames: ['watch'],
      registers,
    });
    this.#spans = new Counter({
      name: 'holdfast_spans_total',
      help: 'Spans of traces that have ended, that the collector took (`exported`) or did not take (`failed`); the rest waits or was dropped',
      labelNames: ['fate'],
      registers,
    });
  }

  /** Shows the load of these intakes from now on. */
  showIntakes(intakes: Readonly<Record<string, IntakeLoad>>): void {
    this.#intakes = intakes;
  }

  countOrders(decided: readonly DecidedOrder[]): void {
    for (const { decision, seconds } of decided) {
      const reason = decision.kind === 'rejected' ? decision.reason : '';
      this.#orders.inc({ outcome: decision.kind, reason });
      this.#decisions.observe(seconds);
    }
  }

  countTrip({ decision }: DecidedTrip): void {
    const reason = decision.kind === 'rejected' ? decision.reason : '';
    this.#trips.inc({ outcome: decision.kind, reason });
  }

  countFed({ sourceId: source, answers }: FedRows): void {
    const counts = new Map<string, number>();
    for (const { kind } of answers) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const [outcome, count] of counts) this.#fed.inc({ source, outcome }, count);
  }

  observeBatch(kind: string, size: number): void {
    this.#batches.observe({ kind }, size);
  }

  observeStep(step: string, result: CallResult, seconds: number): void {
    this.#steps.observe({ step, result }, seconds);
  }

  observePartnerCall(partner: string, call: string, result: CallResult, seconds: number): void {
    this.#calls.observe({ partner, call, result }, seconds);
  }

  showSuspended(partner: string, isSuspended: boolean): void {
    this.#suspended.set({ partner }, isSuspended ? 1 : 0);
  }

  countRestart(): void {
    this.#restarts.inc();
  }

  countWatchFailure(watch: string): void {
    this.#watchFailures.inc({ watch });
  }

  countSpans(fate: string, spans: number): void {
    this.#spans.inc({ fate }, spans);
  }
}
