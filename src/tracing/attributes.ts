/** The order, the trip or the reservation that a command makes or changes. */
export const SUBJECT = 'holdfast.subject';
export const COMMAND_ID = 'holdfast.command_id';
/** The number of commands that a span carries together. */
export const COMMANDS = 'holdfast.commands';
/** The workflow of a saga; its name leads to the saga in Temporal's Web UI and from a request to its batch. */
export const WORKFLOW_ID = 'temporal.workflow_id';
