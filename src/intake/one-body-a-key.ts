import { distinctById, type NewCommand, type RecordAnswer } from '../stores/orders/command-rows';

/**
 * Records a batch in which each key has one body. A further body under a key waits until the first one is committed: if
 * the order's state refuses the first command, its key is free for the next one.
 */
export async function oneBodyAKey<C extends NewCommand>(
  offered: readonly C[],
  record: (batch: readonly C[]) => Promise<readonly RecordAnswer[]>,
): Promise<readonly RecordAnswer[]> {
  const bodies = new Map(distinctById(offered).map(({ id, fingerprint }) => [id, fingerprint]));
  const isFirstBody = ({ id, fingerprint }: C) => bodies.get(id) === fingerprint;
  const others = offered.filter((command) => !isFirstBody(command));
  const answers = [...(await record(offered.filter(isFirstBody)))];
  const otherAnswers = others.length > 0 ? [...(await oneBodyAKey(others, record))] : [];
  return offered.map((command) => {
    const answer = (isFirstBody(command) ? answers : otherAnswers).shift();
    if (!answer) throw new Error(`the record returned no answer for command ${command.id}`);
    return answer;
  });
}
