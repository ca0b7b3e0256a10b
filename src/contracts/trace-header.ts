/** The header of workflows and activities that carries a trace. Temporal's own tracing interceptors use this name too. */
export const TRACE_HEADER = '_tracer-data';
