import type { CommandKind } from '../domain/command/recorded-command';

/** Every step of a saga: the store it commits to, or `partners` for calls to third parties, and its display name. */
export const STEPS = {
  holdCredit: { at: 'credit', label: 'Hold credit' },
  releaseCredit: { at: 'credit', label: 'Release credit' },
  commitStock: { at: 'inventory', label: 'Commit stock' },
  releaseStock: { at: 'inventory', label: 'Release stock' },
  confirmAtPartners: { at: 'partners', label: 'Confirm at partners' },
  cancelAtPartners: { at: 'partners', label: 'Cancel surplus at partners' },
  decideOrder: { at: 'orders', label: 'Decide the order' },
  releaseRest: { at: 'inventory', label: 'Release units that have not shipped' },
  decreaseCredit: { at: 'credit', label: 'Release credit that is not needed' },
  freeCancelled: { at: 'orders', label: 'Finish the cancellation' },
  increaseCredit: { at: 'credit', label: 'Hold more credit' },
  revokeIncrease: { at: 'credit', label: 'Release the additional credit' },
  extendStock: { at: 'inventory', label: 'Commit more stock' },
  undoExtend: { at: 'inventory', label: 'Release the additional stock' },
  decideRevision: { at: 'orders', label: 'Decide the revision' },
  shrinkStock: { at: 'inventory', label: 'Release stock that is not needed' },
  freeRevised: { at: 'orders', label: 'Finish the revision' },
  replaceUnits: { at: 'inventory', label: 'Allocate the units at other nodes' },
  settleRejection: { at: 'orders', label: 'Settle the rejection' },
  freeRejected: { at: 'orders', label: 'Finish the rejection' },
  consumeStock: { at: 'inventory', label: 'Consume stock' },
  captureCredit: { at: 'credit', label: 'Capture credit' },
  noteCaptured: { at: 'orders', label: 'Record the capture' },
  restockUnits: { at: 'inventory', label: 'Add the returned units to stock' },
  refundCredit: { at: 'credit', label: 'Refund the returned units' },
  noteRefunded: { at: 'orders', label: 'Record the refund' },
  resolveTarget: { at: 'orders', label: 'Decide the resolution' },
  runTarget: { at: 'orders', label: 'Run the compensations of the command' },
  answerInventoryByHand: { at: 'inventory', label: 'Mark steps on stock as done by hand' },
  answerCreditByHand: { at: 'credit', label: 'Mark steps on credit as done by hand' },
  closeByHand: { at: 'orders', label: 'Close the command' },
} as const satisfies Record<string, { readonly at: Place; readonly label: string }>;

type Place = 'orders' | 'inventory' | 'credit' | 'partners';

export type StepName = keyof typeof STEPS;

/** The step that cancels surplus at partners, after the steps on our own stores. */
export const SURPLUS_STEP = 'cancelAtPartners' satisfies StepName;

/** A step before the decision, and its compensation. */
export interface TentativeStep {
  readonly step: StepName;
  readonly compensation?: StepName;
}

/**
 * The order of the steps of a saga. `decide` is null when the record of the command decides it. `complete` lists, by
 * kind of decision, the steps on our own stores that follow it; after them surplus at partners is cancelled, and then
 * the command is closed.
 */
export interface SagaPlan {
  readonly workflow: string;
  readonly tries: readonly TentativeStep[];
  readonly decide: StepName | null;
  readonly complete: Readonly<Record<string, readonly StepName[]>>;
}

const CREATE_TRIES: readonly TentativeStep[] = [
  { step: 'holdCredit', compensation: 'releaseCredit' },
  { step: 'commitStock', compensation: 'releaseStock' },
  { step: 'confirmAtPartners' },
];

const REVISE_TRIES: readonly TentativeStep[] = [
  { step: 'increaseCredit', compensation: 'revokeIncrease' },
  { step: 'extendStock', compensation: 'undoExtend' },
];

/** Lists every compensation that the steps declare, last step first, whether or not a run remembers the step. */
function compensationsOf(tries: readonly TentativeStep[]): readonly StepName[] {
  return tries.flatMap(({ compensation }) => compensation ?? []).reverse();
}

/** The plan of each kind of command. A kind without one closes at its record or has no fixed steps (trips). */
export const PLANS = {
  create: {
    workflow: 'createOrders',
    tries: CREATE_TRIES,
    decide: 'decideOrder',
    complete: { approved: [], backordered: [], rejected: compensationsOf(CREATE_TRIES) },
  },
  cancel: {
    workflow: 'cancelOrders',
    tries: [],
    decide: null,
    complete: { cancelled: ['releaseRest', 'decreaseCredit', 'freeCancelled'], 'rejected-order': [] },
  },
  revise: {
    workflow: 'reviseOrders',
    tries: REVISE_TRIES,
    decide: 'decideRevision',
    complete: {
      applied: ['shrinkStock', 'decreaseCredit', 'freeRevised'],
      'turned-back': [...compensationsOf(REVISE_TRIES), 'freeRevised'],
    },
  },
  reject: {
    workflow: 'rejectUnits',
    tries: [],
    decide: null,
    complete: { 'given-back': ['replaceUnits', 'settleRejection', 'decreaseCredit', 'freeRejected'] },
  },
  ship: {
    workflow: 'shipShipments',
    tries: [],
    decide: null,
    complete: { shipped: ['consumeStock', 'captureCredit', 'noteCaptured'] },
  },
  return: {
    workflow: 'returnUnits',
    tries: [],
    decide: null,
    complete: { returned: ['restockUnits', 'refundCredit', 'noteRefunded'] },
  },
  resolve: {
    workflow: 'resolveCommands',
    tries: [],
    decide: 'resolveTarget',
    complete: {
      'decided-against': ['runTarget'],
      'left-alone': [],
      'by-hand': ['answerInventoryByHand', 'answerCreditByHand', 'closeByHand'],
    },
  },
} as const satisfies { readonly [Kind in CommandKind]?: SagaPlan };

export type PlannedKind = keyof typeof PLANS;

/** The workflow of a trip; its steps depend on the replies of its parties. */
const TRIP_WORKFLOW = 'bookTrip';

/** Returns the plan of a kind of command; undefined for trips and for kinds that close at their record. */
export function planOf(kind: CommandKind): SagaPlan | undefined {
  return kind in PLANS ? PLANS[kind as PlannedKind] : undefined;
}

/** Returns the workflow of a kind of command; null for kinds that close at their record. */
export function workflowOf(kind: CommandKind): string | null {
  return kind === 'trip' ? TRIP_WORKFLOW : (planOf(kind)?.workflow ?? null);
}

/**
 * Returns the steps that follow a decision.
 * @throws Error when the plan does not know the decision
 */
export function stepsAfter(plan: SagaPlan, decision: string): readonly StepName[] {
  const steps = plan.complete[decision];
  if (!steps) throw new Error(`the plan of ${plan.workflow} has no steps for the decision ${decision}`);
  return steps;
}
