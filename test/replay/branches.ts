import type * as workflows from '../../workflows/index';

export interface Branch {
  readonly workflow: keyof typeof workflows;
  /** What a history has to contain to have taken this branch: its event types and decoded payloads, as text. */
  readonly shows: RegExp;
}

/**
 * Every way that a workflow's code can take, by name: the list that recorded histories are held against. A new way is
 * added here, with a play that takes it, and is then recorded.
 */
export const BRANCHES = {
  'approved-alone': { workflow: 'createOrders', shows: /holdCredit.*commitStock.*"decision":"approved"/s },
  'approved-together': { workflow: 'createOrders', shows: /"approved".*"approved".*"approved"/s },
  'rejected-at-credit': {
    workflow: 'createOrders',
    shows: /CREDIT_LIMIT_EXCEEDED(?!.*commitStock).*decideOrder.*releaseStock.*releaseCredit.*closeCommands/s,
  },
  'rejected-at-stock': {
    workflow: 'createOrders',
    shows: /OUT_OF_STOCK.*decideOrder.*releaseStock.*releaseCredit.*closeCommands/s,
  },
  'some-of-each': { workflow: 'createOrders', shows: /"approved".*OUT_OF_STOCK.*releaseStock/s },
  'cancelled-meanwhile': { workflow: 'createOrders', shows: /"reason":"CANCELLED".*releaseStock/s },
  'run-again': { workflow: 'createOrders', shows: /"line":"again".*holdCredit.*"decision":"approved"/s },
  'run-again-decided': {
    workflow: 'createOrders',
    shows: /"decision":"approved"(?!.*holdCredit).*cancelAtPartners.*closeCommands/s,
  },
  'split-by-a-fault': {
    workflow: 'createOrders',
    shows: /StepFaulted.*StepFaulted.*"approved".*PROCESSING_FAILED.*releaseCredit/s,
  },
  'fault-of-the-decision': {
    workflow: 'createOrders',
    shows: /decideOrder.*StepFaulted.*decideOrder.*PROCESSING_FAILED.*releaseStock/s,
  },
  'undecided-left-to-an-operator': {
    workflow: 'createOrders',
    shows: /StepFaulted.*putBeforeOperator.*EXECUTION_FAILED.*NeedsAttention/s,
  },
  'undecided-left-by-a-batch': {
    workflow: 'createOrders',
    shows: /StepFaulted.*putBeforeOperator.*"approved".*"end":"attention"/s,
  },
  'compensation-left-to-an-operator': {
    workflow: 'createOrders',
    shows: /releaseStock.*StepFaulted.*releaseCredit.*putBeforeOperator.*EXECUTION_FAILED/s,
  },
  'compensation-leaves-its-batch': {
    workflow: 'createOrders',
    shows: /releaseStock.*StepFaulted.*handOver.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'waits-for-a-store': { workflow: 'createOrders', shows: /TIMER_STARTED.*"approved"/s },
  'asked-to-cancel': { workflow: 'createOrders', shows: /CANCEL_REQUESTED.*"approved"/s },
  'leaves-for-partners': {
    workflow: 'createOrders',
    shows: /"hasPartners":true.*handOver.*START_CHILD_WORKFLOW_EXECUTION_INITIATED.*"end":"detached"/s,
  },
  'partner-agrees': { workflow: 'createOrders', shows: /"kind":"booked".*notePartnerReply.*"approved"/s },
  'partner-agrees-unheard': {
    workflow: 'createOrders',
    shows: /"kind":"unknown".*lookUpAtPartner.*"kind":"booked".*"approved"/s,
  },
  'partner-is-asked-again': {
    workflow: 'createOrders',
    shows: /ACTIVITY_TASK_FAILED.*"kind":"absent".*TIMER_FIRED.*"kind":"booked".*"approved"/s,
  },
  'partner-refuses': {
    workflow: 'createOrders',
    shows: /"kind":"refused".*notePartnerReply.*"approved".*cancelAtPartners/s,
  },
  'partner-refuses-for-all': {
    workflow: 'createOrders',
    shows: /PARTNER_REFUSED|OUT_OF_STOCK.*releaseStock.*releaseCredit.*cancelAtPartners.*closeCommands/s,
  },
  'partner-out-of-reach': {
    workflow: 'createOrders',
    shows: /lookUpAtPartner.*not now.*notePartnerReply.*"approved".*cancelAtPartners/s,
  },
  'partner-books-twice': {
    workflow: 'createOrders',
    shows: /"references":\["one","two"\].*"approved".*cancelAtPartners.*closeCommands/s,
  },
  'partner-does-not-confirm': {
    workflow: 'createOrders',
    shows: /cancelAtPartners.*for good.*putBeforeOperator.*needs an operator: cancelAtPartners/s,
  },
  'fault-while-asking': {
    workflow: 'createOrders',
    shows: /notePartnerReply.*StepFaulted.*putBeforeOperator.*needs an operator: confirmAtPartners/s,
  },
  cancelled: { workflow: 'cancelOrders', shows: /releaseRest.*decreaseCredit.*freeCancelled/s },
  'cancelled-at-a-partner': {
    workflow: 'cancelOrders',
    shows: /freeCancelled.*"hasSurplus":true.*cancelAtPartners.*closeCommands/s,
  },
  'cancel-left-to-an-operator': {
    workflow: 'cancelOrders',
    shows: /StepFaulted.*putBeforeOperator.*needs an operator: releaseRest, decreaseCredit, freeCancelled/s,
  },
  revised: {
    workflow: 'reviseOrders',
    shows: /increaseCredit.*extendStock.*"applied".*shrinkStock.*decreaseCredit.*freeRevised/s,
  },
  'turned-back-at-credit': {
    workflow: 'reviseOrders',
    shows: /CREDIT_LIMIT_EXCEEDED(?!.*extendStock).*"turned-back".*undoExtend.*revokeIncrease.*freeRevised/s,
  },
  'turned-back-at-stock': {
    workflow: 'reviseOrders',
    shows: /OUT_OF_STOCK.*"turned-back".*undoExtend.*revokeIncrease.*freeRevised/s,
  },
  'revised-at-a-partner': {
    workflow: 'reviseOrders',
    shows: /freeRevised.*"hasSurplus":true.*cancelAtPartners.*closeCommands/s,
  },
  'units-found-elsewhere': {
    workflow: 'rejectUnits',
    shows: /replaceUnits.*settleRejection(?!.*decreaseCredit)/s,
  },
  'units-found-nowhere': {
    workflow: 'rejectUnits',
    shows: /replaceUnits.*settleRejection.*decreaseCredit.*freeRejected/s,
  },
  'shipment-overdue': {
    workflow: 'rejectUnits',
    shows: /replaceUnits.*settleRejection(?!.*decreaseCredit)/s,
  },
  'given-back-by-a-partner': {
    workflow: 'rejectUnits',
    shows: /freeRejected.*"hasSurplus":true.*cancelAtPartners.*closeCommands/s,
  },
  shipped: { workflow: 'shipShipments', shows: /consumeStock.*captureCredit.*noteCaptured/s },
  'shipping-left-to-an-operator': {
    workflow: 'shipShipments',
    shows: /StepFaulted.*putBeforeOperator.*needs an operator: consumeStock, captureCredit, noteCaptured/s,
  },
  'resolved-by-hand': {
    workflow: 'resolveCommands',
    shows: /"by-hand".*answerInventoryByHand.*answerCreditByHand.*closeByHand/s,
  },
  'resolved-against': { workflow: 'resolveCommands', shows: /"decided-against".*runTarget.*closeCommands/s },
  held: { workflow: 'reserveInventory', shows: /"kind":"held"/ },
  'not-held': { workflow: 'reserveInventory', shows: /OUT_OF_STOCK/ },
  'fault-of-one-hold-in-a-batch': {
    workflow: 'reserveInventory',
    shows: /StepFaulted.*PROCESSING_FAILED/s,
  },
  'trip-booked': { workflow: 'bookTrip', shows: /bookAtParty.*noteReply.*"kind":"booked","undos":\[\]/s },
  'trip-refused': {
    workflow: 'bookTrip',
    shows: /NO_VACANCY.*BOOKING_REFUSED.*cancelAtParty.*noteCancelled/s,
  },
  'trip-found-by-looking': {
    workflow: 'bookTrip',
    shows: /no answer.*lookUpAtParty.*"kind":"booked","undos":\[\]/s,
  },
  'trip-asked-again': {
    workflow: 'bookTrip',
    shows: /"kind":"absent".*TIMER_FIRED.*"kind":"booked","undos"/s,
  },
  'trip-party-out-of-reach': {
    workflow: 'bookTrip',
    shows: /ACTIVITY_TASK_FAILED.*lookUpAtParty.*PARTY_UNREACHABLE.*cancelAtParty/s,
  },
  'trip-without-its-car': {
    workflow: 'bookTrip',
    shows: /for good.*"kind":"booked".*cancelAtParty.*noteCancelled/s,
  },
  'trip-booked-twice': { workflow: 'bookTrip', shows: /"keep":"one".*noteCancelled/s },
  'trip-not-noted': { workflow: 'bookTrip', shows: /StepFaulted.*decideAgainstTrip.*PROCESSING_FAILED/s },
  'trip-not-cancelled': {
    workflow: 'bookTrip',
    shows: /for good.*putBeforeOperator.*needs an operator: cancelHotel/s,
  },
  'trip-left-to-an-operator': {
    workflow: 'bookTrip',
    shows: /StepFaulted(?!.*decideAgainstTrip).*putBeforeOperator.*needs an operator: decideTrip/s,
  },
} as const satisfies Record<string, Branch>;

export type BranchName = keyof typeof BRANCHES;
