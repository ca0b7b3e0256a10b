import type { StepObserver } from '../../../activities/step-deps';
import { commandFields } from '../../contracts/command-fields';
import type { ProcessContext } from './process-context';

/**
 * Returns the observer of the steps of a process: it counts them, and logs a line for each result that an operator
 * looks for.
 */
export function stepObserver({ metrics, logger }: Pick<ProcessContext, 'metrics' | 'logger'>): StepObserver {
  return {
    stepEnded: (step, result, seconds) => metrics.observeStep(step, result, seconds),
    attentionRequired(command, { remaining, failure }) {
      logger.error({ ...commandFields(command), remaining, failure }, 'a command needs attention');
    },
    unitsReallocated(command, { nodeId, reason }) {
      logger.info(
        { ...commandFields(command), nodeId, reason },
        'a node does not deliver units: they are sourced elsewhere, backordered or cancelled',
      );
    },
  };
}
