/** The time until another worker gets a dead worker's task: recovery took 2.7 s with it, 10.6 s by default. */
export const WORKFLOW_TASK_TIMEOUT = '2 seconds';
