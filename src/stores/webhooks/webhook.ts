import type { LogName } from '../../contracts/logs';

/** The settings of a webhook. An empty filter matches everything. */
export interface WebhookSettings extends WebhookFilter {
  readonly url: string;
  /** True: an event waits until the earlier events of its stream are delivered. */
  readonly ordered: boolean;
  readonly enabled: boolean;
}

export interface WebhookFilter {
  readonly types: readonly string[];
  readonly nodes: readonly string[];
  readonly channels: readonly string[];
}

/** A webhook as its owner sees it. */
export interface ShownWebhook extends WebhookSettings {
  readonly id: string;
  readonly disabledReason: string | null;
  readonly waiting: number;
  readonly acceptedAt: string | null;
  readonly failures: number;
  readonly failure: string | null;
  readonly pausedUntil: string | null;
  readonly replayFrom: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The events that a webhook gets: those that match the filter and were recorded from `since` on. */
export interface Audience extends WebhookFilter {
  readonly id: string;
  readonly since: string;
}

/** A message for a webhook. */
export interface NewDelivery {
  readonly webhookId: string;
  readonly eventId: string;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly body: string;
}

/** An endpoint whose deliveries one relay makes, until its lease ends. */
export interface ClaimedWebhook {
  readonly id: string;
  readonly url: string;
  readonly ordered: boolean;
  /** The failed attempts since the endpoint last accepted a message. */
  readonly failures: number;
  /** The valid secrets, the newest first. */
  readonly secrets: readonly string[];
}

/** A message that is due. */
export interface DueDelivery extends Pick<NewDelivery, 'eventId' | 'stream' | 'body'> {
  readonly attempts: number;
  /** The time since its first attempt, in ms; 0 before it. */
  readonly ageMs: number;
  /** True when the endpoint has accepted another message since the first attempt at this one. */
  readonly isOvertaken: boolean;
}

/** A message that the endpoint has accepted. */
export interface Accepted {
  readonly eventId: string;
  readonly status: number;
  /** The beginning of the body of the answer. */
  readonly response: string;
}

/** A refusing answer of an endpoint, or the error that prevented an answer. */
export interface FailedAnswer {
  readonly status: number | null;
  readonly error: string;
  readonly response: string | null;
}

export type DeliveryState = 'pending' | 'delivered' | 'failed';

export interface ShownDelivery extends Omit<NewDelivery, 'webhookId' | 'body'> {
  readonly sequence: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: string;
  readonly dueAt: string;
  readonly deliveredAt: string | null;
  readonly lastAttemptAt: string | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly lastResponse: string | null;
}

/** A part of a replay that one relay carries out, until its lease ends. */
export interface ClaimedReplay {
  readonly log: LogName;
  readonly audience: Audience;
  /** The place in the log as JSON; null before the first portion. */
  readonly cursor: object | null;
}
