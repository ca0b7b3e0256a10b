import type { WORKFLOWS } from '../../src/contracts/workflow-names';

export interface Branch {
  readonly workflow: keyof typeof WORKFLOWS;
  /** What a history has to contain to have taken this branch: its event types and decoded payloads, as text. */
  readonly shows: RegExp;
}

/**
 * Every way that a workflow's code can take, by name: the list that recorded histories are held against. Whoever
 * adds a way to a workflow adds it here, says in the recorder how to get there, and records.
 */
export const BRANCHES = {
  'approved-alone': { workflow: 'createOrder', shows: /"kind":"approved"/ },
  'approved-together': { workflow: 'createOrder', shows: /"kind":"approved".*"kind":"approved"/ },
  'refused-at-record': { workflow: 'createOrder', shows: /IDEMPOTENCY_KEY_REUSED/ },
  'refused-at-credit': { workflow: 'createOrder', shows: /CREDIT_LIMIT_EXCEEDED.*rejectOrder/s },
  'refused-at-stock': { workflow: 'createOrder', shows: /OUT_OF_STOCK.*releaseCredit.*rejectOrder/s },
  'refused-at-the-pivot': { workflow: 'createOrder', shows: /RECLAIMED.*releaseStock/s },
  'some-of-each': { workflow: 'createOrder', shows: /"kind":"approved".*OUT_OF_STOCK/s },
  'owned-elsewhere': { workflow: 'createOrder', shows: /"kind":"owned-elsewhere"/ },
  'fault-at-record': { workflow: 'createOrder', shows: /StepFaulted.*rejectOrder.*PROCESSING_FAILED/s },
  'fault-of-one-in-a-set': { workflow: 'createOrder', shows: /StepFaulted.*StepFaulted.*"kind":"approved"/s },
  'timeouts-of-one-in-a-set': { workflow: 'createOrder', shows: /StepKeepsTimingOut.*"kind":"approved"/s },
  'fault-at-the-pivot': { workflow: 'createOrder', shows: /START_CHILD_WORKFLOW_EXECUTION_INITIATED/ },
  'undo-fails-for-one-in-a-set': {
    workflow: 'createOrder',
    shows: /StepFaulted.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'undo-does-not-succeed-soon': {
    workflow: 'createOrder',
    shows: /not now.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'undo-is-taken-care-of-already': {
    workflow: 'createOrder',
    shows: /START_CHILD_WORKFLOW_EXECUTION_FAILED/,
  },
  'waits-for-a-server': { workflow: 'createOrder', shows: /TIMER_STARTED/ },
  'asked-to-cancel': { workflow: 'createOrder', shows: /CANCEL_REQUESTED.*"kind":"approved"/s },
  'undos-finished': { workflow: 'finishCompensation', shows: /settleCompensation/ },
  'undos-need-attention': {
    workflow: 'finishCompensation',
    shows: /"remaining":\["releaseCredit"\],"failure"/,
  },
  'undos-retried': { workflow: 'finishCompensation', shows: /retryCompensation.*settleCompensation/s },
  'undos-come-too-late': { workflow: 'finishCompensation', shows: /already-approved/ },
  'lost-order-reclaimed': {
    workflow: 'finishCompensation',
    shows: /RECLAIMED.*releaseStock.*releaseCredit/s,
  },
  'left-for-partners': {
    workflow: 'createOrder',
    shows: /"pa-lumen".*START_CHILD_WORKFLOW_EXECUTION_INITIATED.*"kind":"continued".*"kind":"approved"/s,
  },
  'left-for-partners-before': {
    workflow: 'createOrder',
    shows: /START_CHILD_WORKFLOW_EXECUTION_FAILED.*"kind":"continued"/s,
  },
  'partner-agrees': { workflow: 'confirmWithPartners', shows: /"kind":"booked".*"kind":"approved"/s },
  'partner-agrees-unheard': {
    workflow: 'confirmWithPartners',
    shows: /"kind":"unknown".*lookUpAtPartner.*"kind":"booked".*"kind":"approved"/s,
  },
  'partner-is-asked-again': {
    workflow: 'confirmWithPartners',
    shows: /ACTIVITY_TASK_FAILED.*"kind":"absent".*TIMER_FIRED.*"kind":"booked".*"kind":"approved"/s,
  },
  'partner-has-cancelled': {
    workflow: 'confirmWithPartners',
    shows: /"kind":"cancelled".*resourceStock.*"kind":"approved"/s,
  },
  'partner-refuses': {
    workflow: 'confirmWithPartners',
    shows: /"kind":"refused".*resourceStock.*"kind":"approved"/s,
  },
  'partner-refuses-for-all': {
    workflow: 'confirmWithPartners',
    shows: /OUT_OF_STOCK.*cancelAtPartners.*releaseStock.*releaseCredit.*rejectOrder.*"kind":"rejected"/s,
  },
  'partner-out-of-reach': {
    workflow: 'confirmWithPartners',
    shows: /lookUpAtPartner.*not now.*resourceStock.*approveOrder.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'partner-does-it-twice': {
    workflow: 'confirmWithPartners',
    shows: /"references":\["one","two"\].*approveOrder.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'partner-cannot-be-told': {
    workflow: 'confirmWithPartners',
    shows: /not now.*rejectOrder.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'fault-while-re-sourcing': {
    workflow: 'confirmWithPartners',
    shows: /StepFaulted.*cancelAtPartners.*PROCESSING_FAILED/s,
  },
  'surplus-cancelled': {
    workflow: 'finishCompensation',
    shows: /already-approved.*cancelAtPartners.*settleCompensation/s,
  },
  'surplus-needs-attention': {
    workflow: 'finishCompensation',
    shows: /already-approved.*"remaining":\["cancelAtPartners"\],"failure":"a fault"/s,
  },
  'bookings-looked-at-again': {
    workflow: 'finishCompensation',
    shows: /already-approved.*cancelAtPartners.*changed-meanwhile.*cancelAtPartners.*settleCompensation/s,
  },
  'bookings-looked-at-as-new': {
    workflow: 'finishCompensation',
    shows: /retryCompensation.*?(cancelAtPartners.*?changed-meanwhile.*?){5}CONTINUED_AS_NEW(?!.*retriedBy)/s,
  },
  'cancelled-at-a-partner': {
    workflow: 'cancelOrders',
    shows: /hasSurplus.*finishCancel.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'given-back-by-a-partner': {
    workflow: 'rejectUnits',
    shows: /hasSurplus.*finishRejection.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'overdue-at-a-partner': {
    workflow: 'expireShipments',
    shows: /hasSurplus.*finishRejection.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  'revised-at-a-partner': {
    workflow: 'reviseOrders',
    shows: /hasSurplus.*finishRevision.*START_CHILD_WORKFLOW_EXECUTION_INITIATED/s,
  },
  held: { workflow: 'reserveInventory', shows: /"kind":"held"/ },
  'not-held': { workflow: 'reserveInventory', shows: /OUT_OF_STOCK/ },
  'fault-of-one-hold-in-a-set': { workflow: 'reserveInventory', shows: /StepFaulted.*PROCESSING_FAILED/s },
  'shipment-accepted': { workflow: 'acceptShipments', shows: /"kind":"done","commandId"/ },
  'shipment-not-accepted': { workflow: 'acceptShipments', shows: /ALREADY_REPORTED/ },
  'shipment-delivered': { workflow: 'deliverShipments', shows: /"kind":"done","commandId"/ },
  'shipment-shipped': { workflow: 'shipShipments', shows: /consumeStock.*captureCredit.*recordCaptured/s },
  'shipment-not-shipped': { workflow: 'shipShipments', shows: /NOT_ACCEPTED(?!.*captureCredit)/s },
  'shipment-resumed': { workflow: 'resumeShipments', shows: /captureCredit.*recordCaptured/s },
  'units-found-elsewhere': {
    workflow: 'rejectUnits',
    shows: /replaceUnits.*settleRejection.*decreaseCredit.*finishRejection/s,
  },
  'units-cannot-be-rejected': { workflow: 'rejectUnits', shows: /ALREADY_REPORTED(?!.*replaceUnits)/s },
  'shipment-overdue': { workflow: 'expireShipments', shows: /NO_RESPONSE.*settleRejection/s },
  cancelled: { workflow: 'cancelOrders', shows: /releaseRest.*decreaseCredit.*finishCancel/s },
  'not-cancelled': { workflow: 'cancelOrders', shows: /ALREADY_FINAL(?!.*releaseRest)/s },
  revised: { workflow: 'reviseOrders', shows: /applyRevision.*shrinkStock.*finishRevision/s },
  'not-revised': {
    workflow: 'reviseOrders',
    shows: /OUT_OF_STOCK.*turnRevisionBack.*undoExtend.*revokeIncrease.*failRevision/s,
  },
  'revision-refused-at-credit': {
    workflow: 'reviseOrders',
    shows: /CREDIT_LIMIT_EXCEEDED(?!.*extendStock).*turnRevisionBack.*failRevision/s,
  },
  'revision-turned-back-too-late': {
    workflow: 'reviseOrders',
    shows: /StepFaulted.*turnRevisionBack(?!.*failRevision).*"unfinished"/s,
  },
  'revision-cannot-be-turned-back': {
    workflow: 'reviseOrders',
    shows: /StepFaulted.*StepFaulted(?!.*failRevision).*"unfinished"/s,
  },
  'shipment-stopped': {
    workflow: 'shipShipments',
    shows: /there is no such stock.*cutShipShort.*"unfinished"/s,
  },
  'fault-at-accept': {
    workflow: 'acceptShipments',
    shows: /StepFaulted.*cutAcceptShort.*PROCESSING_FAILED/s,
  },
  'fault-after-cancel-claim': {
    workflow: 'cancelOrders',
    shows: /claimCancel.*StepFaulted.*cutCancelShort.*"unfinished"/s,
  },
  'cancel-undone-elsewhere': {
    workflow: 'cancelOrders',
    shows: /StepFaulted.*StepFaulted.*START_CHILD_WORKFLOW_EXECUTION_INITIATED.*"unfinished"/s,
  },
  'cancel-undone-late': {
    workflow: 'finishUndo',
    shows: /TIMER_FIRED.*StepFaulted.*TIMER_FIRED.*cutCancelShort/s,
  },
  'undo-goes-on-as-new': {
    workflow: 'finishUndo',
    shows: /(TIMER_FIRED.*?StepFaulted.*?){5}CONTINUED_AS_NEW.*"pauseMs":32/s,
  },
  'fault-after-revision': {
    workflow: 'reviseOrders',
    shows: /applyRevision.*StepFaulted(?!.*undoExtend).*stopRevision.*"unfinished"/s,
  },
  'trip-booked': { workflow: 'bookTrip', shows: /"kind":"booked","tripId"/ },
  'trip-refused': { workflow: 'bookTrip', shows: /NO_VACANCY.*BOOKING_REFUSED.*cancelAtParty.*settleTrip/s },
  'trip-refused-at-once': { workflow: 'bookTrip', shows: /NO_VACANCY(?!.*cancelAtParty)/s },
  'trip-found-by-looking': {
    workflow: 'bookTrip',
    shows: /no answer.*lookUpAtParty.*"kind":"booked","tripId"/s,
  },
  'trip-asked-again': {
    workflow: 'bookTrip',
    shows: /"kind":"absent".*TIMER_FIRED.*"kind":"booked","tripId"/s,
  },
  'trip-party-out-of-reach': {
    workflow: 'bookTrip',
    shows: /ACTIVITY_TASK_FAILED.*lookUpAtParty.*PARTY_UNREACHABLE.*cancelAtParty/s,
  },
  'trip-never-taken': { workflow: 'bookTrip', shows: /"kind":"absent".*"kind":"absent".*PARTY_UNREACHABLE/s },
  'trip-without-its-car': {
    workflow: 'bookTrip',
    shows: /for good.*cancelAtParty.*"kind":"booked","tripId"/s,
  },
  'trip-surplus-cancelled': { workflow: 'bookTrip', shows: /"keep":"one".*"kind":"booked","tripId"/s },
  'trip-needs-attention': { workflow: 'bookTrip', shows: /for good.*settleTrip/s },
  'trip-key-reused': { workflow: 'bookTrip', shows: /IDEMPOTENCY_KEY_REUSED/ },
  'trip-not-noted': { workflow: 'bookTrip', shows: /StepFaulted.*sealTrip.*PROCESSING_FAILED/s },
  'trip-cancelled': {
    workflow: 'bookTrip',
    shows: /CANCEL_REQUESTED.*sealTrip.*cancelAtParty.*"CANCELLED"/s,
  },
  'lost-trip-finished': { workflow: 'finishTrip', shows: /RECLAIMED.*cancelAtParty.*settleTrip/s },
  'lost-trip-was-booked': { workflow: 'finishTrip', shows: /"kind":"booked"(?!.*cancelAtParty)/s },
  'trip-retried': { workflow: 'finishTrip', shows: /retriedBy.*cancelAtParty.*settleTrip/s },
  'trip-retried-in-vain': { workflow: 'finishTrip', shows: /retriedBy.*for good.*settleTrip/s },
} as const satisfies Record<string, Branch>;

export type BranchName = keyof typeof BRANCHES;
