import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes';
import { callTemporal } from '../temporal/temporal-call';

const NAMESPACE = 'default';
/** The shortest retention that the server accepts. */
const RETENTION_SECONDS = 24 * 60 * 60;
const PAUSE_MS = 200;
/** The numbers of Temporal's enum IndexedValueType. */
const INDEXED_VALUE_TYPES = { KeywordList: 7 } as const;

/**
 * Registers the namespace `default` and Holdfast's search attributes as soon as the server answers.
 * @param giveUp - returns true when the server has ended or took too long
 * @throws Error of the last try when `giveUp` returns true
 */
export async function prepareNamespace(address: string, giveUp: () => boolean): Promise<void> {
  for (;;) {
    try {
      await callTemporal(address, prepare);
      return;
    } catch (error) {
      if (giveUp()) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

async function prepare({ workflowService, operatorService }: Connection): Promise<void> {
  await workflowService
    .registerNamespace({
      namespace: NAMESPACE,
      workflowExecutionRetentionPeriod: { seconds: RETENTION_SECONDS as never },
    })
    .catch(unlessThere);
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, INDEXED_VALUE_TYPES[type]]),
  );
  await operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes }).catch(unlessThere);
}

/** An earlier try may have done it before its answer was lost. */
function unlessThere(error: Error): void {
  if (!/already exists/i.test(error.message)) throw error;
}
