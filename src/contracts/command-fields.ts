/** The parts of a command row that a log line shows. */
export interface LoggedCommand {
  readonly id: string;
  readonly kind: string;
  /** The order or trip that it makes or changes. */
  readonly subject: string;
  readonly caller: string;
  readonly wanted: { readonly traceparent?: string | null };
}

/** Returns the fields by which a log line names a command: everything that leads to other lines about it. */
export function commandFields({ id, kind, subject, caller, wanted }: LoggedCommand): object {
  const traceId = traceIdOf(wanted.traceparent);
  return {
    commandId: id,
    kind,
    [kind === 'trip' ? 'tripId' : 'orderId']: subject,
    caller,
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/** Returns the trace id of a W3C `traceparent`. */
export function traceIdOf(traceparent: string | null | undefined): string | undefined {
  return traceparent?.split('-')[1];
}
