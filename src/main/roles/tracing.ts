import { startTracing } from '../../tracing/otlp';
import type { ProcessContext } from './process-context';

/**
 * Starts to send the spans of a process to a collector, if the environment names one.
 * @returns a function that sends the last spans and stops
 */
export async function openTracing(
  name: string,
  { settings, metrics, logger, processId }: ProcessContext,
): Promise<() => Promise<void>> {
  if (!settings.hasTraces) return async () => undefined;
  return startTracing({
    service: `holdfast-${name}`,
    instance: processId,
    count: (fate, spans) => metrics.countSpans(fate, spans),
    onChange(error) {
      if (error) logger.warn({ err: error }, 'the collector of traces takes no spans: they are lost');
      else logger.info('the collector of traces takes spans again');
    },
  });
}
