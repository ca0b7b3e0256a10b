import { failureText } from '../../contracts/failure-text';
import type { DeliveryStore } from '../../stores/webhooks/delivery-store';
import type { ClaimedWebhook, DueDelivery, FailedAnswer } from '../../stores/webhooks/webhook';
import { LinkedAbort } from '../subscriptions/linked-abort';
import { AcceptedRecorder } from './accepted-recorder';
import { afterFailure, type DeliveryTimes } from './after-failure';
import type { EndpointAnswer, EndpointClient } from './endpoint-client';
import { signedHeaders } from './signature';

export interface ServeOptions {
  readonly store: DeliveryStore;
  readonly client: Pick<EndpointClient, 'post'>;
  readonly times: DeliveryTimes;
  /** Names this process in the leases that it takes. */
  readonly owner: string;
  readonly signal: AbortSignal;
}

const MOST_MESSAGES = 100;
/** Streams of one endpoint that are delivered side by side. */
const MOST_STREAMS = 8;
/** A lease is renewed this many times before it would end. */
const RENEWALS = 4;

/**
 * Delivers the next messages of a claimed endpoint: those of one stream one after the other, several streams side by
 * side. An endpoint that fails gets one message as a probe.
 * @returns true when there may be more messages to deliver at once
 */
export async function serveEndpoint(webhook: ClaimedWebhook, options: ServeOptions): Promise<boolean> {
  const round = new Round(webhook, options);
  try {
    const due = await options.store.due(webhook, MOST_MESSAGES);
    await round.deliver(webhook.failures > 0 ? probeOf(due, webhook) : due);
    return due.length === MOST_MESSAGES || webhook.failures > 0;
  } finally {
    await round.end();
  }
}

/**
 * Chooses the message that probes a failing endpoint: the first one or, every other time, another one, because the
 * endpoint may fail on the first one alone. For an ordered webhook the other one is of another stream.
 */
function probeOf(due: readonly DueDelivery[], { failures, ordered }: ClaimedWebhook): readonly DueDelivery[] {
  const [first, ...others] = due;
  if (!first) return [];
  const other = ordered ? others.find(({ stream }) => stream !== first.stream) : others[0];
  return [failures % 2 === 0 && other ? other : first];
}

/** One round of deliveries to an endpoint, under a lease that is renewed meanwhile. */
class Round {
  readonly #ending: LinkedAbort;
  readonly #renewing: NodeJS.Timeout;
  readonly #recorder: AcceptedRecorder;
  #leaseEndsAt: number;
  #failures: number;
  #hasAccepted = false;
  #isPaused = false;

  constructor(
    private readonly webhook: ClaimedWebhook,
    private readonly options: ServeOptions,
  ) {
    const { leaseMs } = options.times;
    this.#failures = webhook.failures;
    this.#leaseEndsAt = performance.now() + leaseMs;
    this.#recorder = new AcceptedRecorder((messages) => options.store.accepted(webhook.id, messages));
    this.#ending = new LinkedAbort(options.signal);
    // A renewal that fails is tried again. If the lease ends meanwhile, no further call begins.
    this.#renewing = setInterval(() => void this.#renew().catch(() => undefined), leaseMs / RENEWALS);
  }

  async deliver(due: readonly DueDelivery[]): Promise<void> {
    const line = [...groupsOf(due)];
    const work = async () => {
      for (let stream = line.shift(); stream && this.#goesOn; stream = line.shift())
        await this.#deliverStream(stream);
    };
    await Promise.all(Array.from({ length: MOST_STREAMS }, work));
  }

  async end(): Promise<void> {
    clearInterval(this.#renewing);
    this.#ending.release();
    try {
      await this.#recorder.done();
    } finally {
      await this.options.store.release(this.webhook.id, this.options.owner);
    }
  }

  get #goesOn(): boolean {
    const isOwned = !this.#ending.signal.aborted && performance.now() < this.#leaseEndsAt;
    return isOwned && !this.#isPaused && !this.#recorder.isBroken;
  }

  async #renew(): Promise<void> {
    const { store, owner, times } = this.options;
    const from = performance.now();
    if (await store.renew(this.webhook.id, owner, times.leaseMs)) this.#leaseEndsAt = from + times.leaseMs;
    else
      this.#ending.abort(new Error(`another relay delivers to webhook ${this.webhook.id}, or it has ended`));
  }

  async #deliverStream(deliveries: readonly DueDelivery[]): Promise<void> {
    for (const delivery of deliveries) {
      if (!this.#goesOn) return;
      const isAccepted = await this.#attempt(delivery);
      if (!isAccepted && this.webhook.ordered) return;
    }
  }

  /** Makes one attempt. @returns true when the endpoint has accepted the message */
  async #attempt(delivery: DueDelivery): Promise<boolean> {
    let answer: EndpointAnswer;
    try {
      answer = await this.#post(delivery);
    } catch (failure) {
      // A stop of this process says nothing about the endpoint.
      if (this.#ending.signal.aborted) return false;
      await this.#failed(delivery, { status: null, error: failureText(failure), response: null }, null);
      return false;
    }
    const { status, excerpt: response, retryAfterMs } = answer;
    const error = faultIn(answer);
    if (error !== null) {
      await this.#failed(delivery, { status, error, response }, retryAfterMs);
      return false;
    }
    this.#recorder.add({ eventId: delivery.eventId, status, response });
    this.#hasAccepted = true;
    this.#failures = 0;
    this.#isPaused = false;
    return true;
  }

  #post({ eventId, body }: DueDelivery): Promise<EndpointAnswer> {
    const { url, secrets } = this.webhook;
    const headers = signedHeaders({ id: eventId, body }, secrets, Math.floor(Date.now() / 1_000));
    return this.options.client.post({ url, headers, body }, this.#ending.signal);
  }

  async #failed(delivery: DueDelivery, attempt: FailedAnswer, retryAfterMs: number | null): Promise<void> {
    const { attempts, ageMs, isOvertaken } = delivery;
    const { store, times } = this.options;
    const failure = afterFailure(
      {
        status: attempt.status,
        retryAfterMs,
        attempts,
        ageMs,
        isOvertaken: isOvertaken || (attempts > 0 && this.#hasAccepted),
        failures: this.#failures,
      },
      times,
      Math.random(),
    );
    if (failure.pauseMs !== null) {
      this.#failures += 1;
      this.#isPaused = true;
    }
    // First record the accepted messages: each ends the series of failures before it, and this failure begins a new
    // one.
    await this.#recorder.done();
    await store.failed(this.webhook.id, delivery.eventId, attempt, failure);
  }
}

function faultIn({ status }: EndpointAnswer): string | null {
  if (status >= 200 && status < 300) return null;
  const isRedirect = status >= 300 && status < 400;
  return `the endpoint answered ${status}${isRedirect ? '; redirects are not followed' : ''}`;
}

/** Groups messages by stream; both keep their order. */
function groupsOf(due: readonly DueDelivery[]): readonly (readonly DueDelivery[])[] {
  const groups = new Map<string, DueDelivery[]>();
  for (const delivery of due) {
    const group = groups.get(delivery.stream);
    if (group) group.push(delivery);
    else groups.set(delivery.stream, [delivery]);
  }
  return [...groups.values()];
}
