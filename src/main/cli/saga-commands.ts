import type { SagaView } from '../../contracts/api/sagas';
import { sagaPathOf } from '../../http/operator/saga-path';
import type { RunningApi } from './running-api';
import { sagaReport, sagaTable } from './saga-report';
import type { CommandAnswer, CommandOptions } from './typed-command';
import { UsageError } from './usage-error';

/** Lists every saga in a state, oldest first. */
export async function listSagas(
  api: RunningApi,
  _words: readonly string[],
  { state = 'needs_attention' }: CommandOptions,
): Promise<CommandAnswer> {
  const items = await api.list<SagaView>('/v1/sagas', { state });
  return { answer: { items }, text: sagaTable(state, items) };
}

/** Shows one saga. */
export async function showSaga(api: RunningApi, [id = '']: readonly string[]): Promise<CommandAnswer> {
  const answer = await api.get(sagaPathOf(id));
  return { answer, text: sagaReport(answer as SagaView) };
}

/** Retries the remaining steps of a saga. */
export async function retrySaga(api: RunningApi, [id = '']: readonly string[]): Promise<CommandAnswer> {
  const answer = await api.post(`${sagaPathOf(id)}/retry`);
  return {
    answer,
    text: `${id}: the remaining steps are retried; holdfast saga show ${id} shows the result`,
  };
}

/** Marks the remaining steps of a saga as done by hand. An undecided command is decided against. */
export async function resolveSaga(
  api: RunningApi,
  [id = '']: readonly string[],
  { note }: CommandOptions,
): Promise<CommandAnswer> {
  if (note === undefined) throw new UsageError('--note is required: describe what was done by hand');
  const answer = (await api.post(`${sagaPathOf(id)}/resolve`, { note })) as SagaView;
  const text =
    answer.state === 'finished'
      ? `${id}: resolved`
      : `${id}: the resolution is recorded and still running; holdfast saga show ${id} shows the result`;
  return { answer, text };
}
