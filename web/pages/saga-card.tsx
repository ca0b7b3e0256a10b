import { useState } from 'preact/hooks';
import { planOf } from '../../src/contracts/plans';
import type { Saga } from '../api/answers';
import { ask } from '../api/client';
import { may, ownRights } from '../api/session';
import { useAction } from '../parts/action';
import { AskDialog, type Question } from '../parts/ask-dialog';
import { Ago, Id, InTemporal, Pill, Reason, type Tone } from '../parts/facts';
import { linkTo } from '../parts/router';
import { Empty } from '../parts/states';
import { stepWords, wordsOf } from '../parts/words';
import { countAttention } from './attention-count';
import { SagaState } from './orders/order-words';

/** Sagas, oldest first: each with its steps, and with retry and resolve where it needs them. */
export function SagaCards({
  sagas,
  onChange,
  hasSubject = false,
}: {
  sagas: readonly Saga[];
  onChange: () => void;
  hasSubject?: boolean;
}) {
  if (sagas.length === 0) return <Empty>No saga.</Empty>;
  return (
    <ul class="cards">
      {sagas.map((saga) => (
        <li key={saga.id} class="card">
          <SagaHead saga={saga} hasSubject={hasSubject} />
          <Trouble saga={saga} onChange={onChange} />
          <Steps saga={saga} />
          <Resolution saga={saga} all={sagas} />
          <p class="small quiet saga-foot">
            <span>
              sent by {saga.caller} <Ago moment={saga.startedAt} />
            </span>
            {saga.lastRetry && (
              <span>
                retried by {saga.lastRetry.caller} <Ago moment={saga.lastRetry.at} />
              </span>
            )}
            <Id value={saga.id} />
            <InTemporal href={saga.links.webUi}>Workflow</InTemporal>
          </p>
        </li>
      ))}
    </ul>
  );
}

const OUTCOME_TONES: Readonly<Record<string, Tone>> = { rejected: 'bad', 'turned-back': 'bad' };

function SagaHead({ saga, hasSubject }: { saga: Saga; hasSubject: boolean }) {
  const { command, subject, state, decision, reason } = saga;
  return (
    <div class="saga-head">
      <h3>{wordsOf(command.kind)}</h3>
      <SagaState state={state} />
      {decision && <Pill tone={OUTCOME_TONES[decision] ?? 'good'}>{wordsOf(decision)}</Pill>}
      {reason && (
        <span class="reason">
          <Reason code={reason} />
        </span>
      )}
      {hasSubject && <Id value={subject} href={saga.links.order && linkTo('orders', subject)} />}
    </div>
  );
}

/** Why a saga does not continue, and what an operator can do about it. */
function Trouble({ saga, onChange }: { saga: Saga; onChange: () => void }) {
  const { attention, failure } = saga;
  if (!attention)
    return failure ? <p class="banner warn">Retried until it works. The error: {failure}</p> : null;
  return (
    <>
      <div class="banner bad">
        <p>
          <strong>It stopped:</strong> {attention.failure}
        </p>
        <p>
          Left to do: {attention.remaining.map(stepWords).join(', ')}. Mend the cause, then retry; or do the
          rest by hand, then resolve.
        </p>
      </div>
      {may('sagas:write') ? (
        <Mend saga={saga} onChange={onChange} />
      ) : (
        <p class="quiet">
          {ownRights()} may not retry or resolve it, for want of <code>sagas:write</code>.
        </p>
      )}
    </>
  );
}

function Mend({ saga, onChange }: { saga: Saga; onChange: () => void }) {
  const { isBusy, run } = useAction();
  const [question, setQuestion] = useState<Question | null>(null);
  const path = `/v1/sagas/${encodeURIComponent(saga.id)}`;
  const act = (what: () => Promise<string>) =>
    run(async () => {
      const said = await what();
      onChange();
      await countAttention();
      return said;
    });
  const retry = () =>
    act(async () => {
      const { state } = await ask<Saga>(`${path}/retry`, { method: 'POST', headers: { Prefer: 'wait=10' } });
      if (state === 'needs_attention') return 'It was retried and stopped again: read the new failure.';
      return state === 'finished' ? 'It was retried and is finished.' : 'It is retried: its steps run now.';
    });
  const resolve = (note: string) =>
    act(async () => {
      await ask<Saga>(`${path}/resolve`, { method: 'POST', body: { note } });
      return 'It is resolved. The note is kept with the order.';
    });
  const text =
    saga.decision === undefined
      ? 'The command is not decided yet: it is rejected, and its compensations run.'
      : 'The steps that are left count as done by hand. Stock, credit and bookings stay as they are: correct them first.';
  const asking: Question = {
    title: 'Resolve by hand',
    text,
    field: {
      label: 'What was done, for the record',
      placeholder: 'released by hand, ticket 4711',
      type: 'note',
    },
    yes: 'Resolve',
    onYes: resolve,
  };
  return (
    <div class="actions">
      <button type="button" disabled={isBusy} onClick={retry}>
        {isBusy ? 'Working…' : 'Retry'}
      </button>
      <button type="button" class="plain" disabled={isBusy} onClick={() => setQuestion(asking)}>
        Resolve…
      </button>
      {question && <AskDialog question={question} onClose={() => setQuestion(null)} />}
    </div>
  );
}

/** The steps of a saga, a row each: done, undone, and left. */
function Steps({ saga }: { saga: Saga }) {
  const rows = stepRows(saga);
  if (rows.length === 0) return null;
  return (
    <ol class="steps">
      {rows.map(({ step, state, words }) => (
        <li key={step} class={state}>
          <span class="mark" aria-hidden="true">
            {MARKS[state]}
          </span>
          <span>{stepWords(step)}</span>
          <span class="quiet">{words}</span>
        </li>
      ))}
    </ol>
  );
}

const MARKS = { done: '✓', undone: '↺', left: '…' } as const;

interface StepRow {
  readonly step: string;
  readonly state: keyof typeof MARKS;
  readonly words: string;
}

/** Returns the steps in the order in which they ran, each beside its compensation, then those that are left. */
function stepRows({ command, steps }: Saga): readonly StepRow[] {
  if (!steps) return [];
  const { done, undone, remaining } = steps;
  const tries = planOf(command.kind)?.tries ?? [];
  const compensations = new Map(
    tries.map(({ step, compensation }) => [step as string, compensation as string | undefined]),
  );
  const isUndone = (step: string) => undone.includes(compensations.get(step) ?? '');
  const own = [...compensations.keys()];
  const tried: readonly string[] = own.filter((step) => done.includes(step) || isUndone(step));
  const undoes = undone.filter((step) => !tried.some((one) => compensations.get(one) === step));
  return [
    ...tried.map((step) => tryRow(step, done.includes(step), isUndone(step))),
    ...done
      .filter((step) => !own.includes(step))
      .map((step) => ({ step, state: 'done' as const, words: 'done' })),
    ...undoes.map((step) => ({ step, state: 'undone' as const, words: 'undone' })),
    ...remaining.map((step) => ({ step, state: 'left' as const, words: 'left to do' })),
  ];
}

function tryRow(step: string, isDone: boolean, isUndone: boolean): StepRow {
  if (!isUndone) return { step, state: 'done', words: 'done' };
  return { step, state: 'undone', words: isDone ? 'done, then undone' : 'not done; cleared to be sure' };
}

/** The resolution of a command, with its operator and note; or the note of a command that is a resolution itself. */
function Resolution({ saga, all }: { saga: Saga; all: readonly Saga[] }) {
  const by = all.find(({ resolution }) => resolution?.target === saga.id);
  if (saga.resolution)
    return (
      <p>
        {saga.caller} wrote: “{saga.resolution.note}”, about <code>{saga.resolution.target}</code>.
      </p>
    );
  if (!by?.resolution) return null;
  return (
    <p class="banner">
      Resolved by {by.caller}, <Ago moment={by.startedAt} />: “{by.resolution.note}”
    </p>
  );
}
