import type { StepName } from '../src/contracts/plans';
import type { StepWords } from '../src/contracts/saga';
import { unitsAt } from '../src/contracts/units-text';
import type { CommandKind, CommandRow } from '../src/domain/command/recorded-command';
import type { StepAnswer } from '../src/domain/decision';
import type { FoundStock } from '../src/domain/inventory/reservation/extend';
import { totalOf } from '../src/domain/order/line-units';
import { moneyText } from '../src/names/money-text';
import { noteText } from './step-words';

/** Describes in a few words what a step did for a command. `given` is the answer of the step. */
type Note<K extends CommandKind> = (command: CommandRow<K>, given: object) => string | undefined;

const held: Note<'create'> = ({ wanted: { lines, currency } }) =>
  `${moneyText(totalOf(lines), currency)} held`;

const heldMore: Note<'revise'> = ({ wanted: { recorded, currency } }) =>
  recorded && recorded.creditBy > 0
    ? `${moneyText(recorded.creditBy, currency)} more held`
    : 'no more credit is needed';

const heldLess: Note<'cancel' | 'revise'> = ({ wanted: { currency }, decision }) =>
  decision && 'creditBy' in decision
    ? `${moneyText(Math.max(0, -decision.creditBy), currency)} released`
    : undefined;

const captured: Note<'ship'> = ({ wanted: { currency }, decision }) =>
  decision ? `${moneyText(decision.capture.amount, currency)} captured` : undefined;

const refunded: Note<'return'> = ({ wanted: { currency }, decision }) =>
  decision ? `${moneyText(decision.refund, currency)} refunded` : undefined;

const found: Note<CommandKind> = (_, given) => {
  const { allocations = [], backordered = [] } = given as Partial<FoundStock>;
  const waiting = backordered.map(({ sku, quantity }) => `${quantity} x ${sku} backordered`);
  return [...unitsAt(allocations), ...waiting].join(', ') || 'no units are needed';
};

const consumed: Note<'ship'> = ({ decision }) => decision?.takes && unitsAt(decision.takes).join(', ');

const restocked: Note<'return'> = ({ decision }) =>
  decision?.units
    .map(({ sku, quantity, condition }) => `${quantity} x ${sku} ${condition} at ${decision.nodeId}`)
    .join(', ');

/** The steps with a note that says more than that they are done. */
const NOTES: { readonly [Step in StepName]?: Note<never> } = {
  holdCredit: held,
  increaseCredit: heldMore,
  decreaseCredit: heldLess,
  captureCredit: captured,
  refundCredit: refunded,
  commitStock: found,
  extendStock: found,
  replaceUnits: found,
  consumeStock: consumed,
  restockUnits: restocked,
};

/** Adds the note of a step to the short result of its only command. */
export function noted(
  step: string,
  command: CommandRow,
  { word, answer }: { readonly word: StepWords[string]; readonly answer: StepAnswer },
): StepWords {
  const { [step as StepName]: noteOf } = NOTES as Readonly<Record<string, Note<CommandKind>>>;
  const note = word.kind === 'done' ? noteOf?.(command, answer) : undefined;
  return { [command.id]: note === undefined ? word : { ...word, note: noteText(note) } };
}
