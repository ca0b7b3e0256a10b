/** How soon a dead worker's task goes to another: engine.md measured 2.7 s of recovery with it against 10.6 s. */
export const WORKFLOW_TASK_TIMEOUT = '2 seconds';
