import { z } from 'zod';
import { streamKeyFields } from './events';
import { moment } from './fields';

/** An event in the structured JSON format of CloudEvents 1.0, with the extensions `sequence` and `partitionkey`. */
export const cloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid().meta({ description: 'the id of the event: a repeat has it again' }),
  source: z.string().meta({ description: 'names the log and the stream' }),
  type: z.string(),
  subject: z.string().meta({ description: 'the stream' }),
  time: moment.meta({ description: 'when the event occurred' }),
  datacontenttype: z.literal('application/json'),
  sequence: z
    .string()
    .regex(/^\d{10,}$/)
    .meta({
      description:
        'the version of the event in its stream, with leading zeros: it rises by one from event to event',
    }),
  partitionkey: z.string().meta({ description: 'the stream' }),
  causationid: z.string().meta({ description: 'the command that caused the event' }),
  correlationid: z
    .string()
    .meta({ description: 'the order, trip, reservation or request that the event belongs to' }),
  recordedtime: moment.meta({ description: 'when the event was recorded' }),
  traceparent: z.string().optional().meta({ description: 'the W3C trace context of the request' }),
  data: z
    .looseObject({
      key: streamKeyFields.meta({
        description: 'what the stream is about: its kind, and the ids that name the thing',
      }),
    })
    .meta({ description: 'the data of the event, and the `key` of its stream' }),
});

export type CloudEvent = z.output<typeof cloudEvent>;
