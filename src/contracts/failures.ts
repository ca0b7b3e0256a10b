/**
 * The types of the faults that are not retried as they are: a set that meets one is split, and a single member that
 * meets one is undone. Every other fault is transient and retried.
 */
export const STEP_FAULTED = 'StepFaulted';
export const STEP_KEEPS_TIMING_OUT = 'StepKeepsTimingOut';

/** A partner does not answer for now: transient, however long it takes. */
export const PARTNER_UNREACHABLE = 'PartnerUnreachable';
