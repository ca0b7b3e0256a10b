import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ORDER_PLANS } from '../../src/domain/order/open-sagas';
import type { PlannedStep } from '../../src/domain/saga-steps';

const WORKFLOWS = path.resolve(__dirname, '..', '..', 'workflows');
const STEP = /saga\.step\('(\w+)'(?:, \{([^}]*)\})?\)/g;

/** What a workflow's code takes its set through. */
function stepsIn(workflow: string, file: string): PlannedStep[] {
  const code = readFileSync(path.join(WORKFLOWS, `${file}.ts`), 'utf8');
  const [, after = ''] = code.split(`export async function ${workflow}(`);
  const [body = ''] = after.split('\n}\n');
  return [...body.matchAll(STEP)].map(([, name = '', role = '']) => {
    const undo = /undo: '(\w+)'/.exec(role)?.[1];
    return { name, ...(undo ? { undo } : {}), ...(role.includes('isPivot: true') ? { isPivot: true } : {}) };
  });
}

const namesOf = (plan: readonly PlannedStep[]) => plan.map(({ name }) => ({ name }));
/** From its first step on it goes forward: what its workflow does where that step was not taken is shown to nobody. */
const isForwardOnly = (plan: readonly PlannedStep[]) => plan[0]?.isPivot === true;

describe('the plan that operators are shown is the way the workflow goes', () => {
  test.each([
    ['create', 'createOrder', 'create-order'],
    ['cancel', 'cancelOrders', 'cancel-orders'],
    ['revise', 'reviseOrders', 'revise-orders'],
    ['reject', 'rejectUnits', 'reject-units'],
    ['overdue', 'expireShipments', 'reject-units'],
    ['ship', 'shipShipments', 'ship-shipments'],
    ['accept', 'acceptShipments', 'advance-shipments'],
    ['deliver', 'deliverShipments', 'advance-shipments'],
  ] as const)('%s', (plan, workflow, file) => {
    const steps = stepsIn(workflow, file);
    if (isForwardOnly(ORDER_PLANS[plan])) expect(namesOf(ORDER_PLANS[plan])).toEqual(namesOf(steps));
    else expect(ORDER_PLANS[plan]).toEqual(steps);
  });

  test('a shipment that is taken up again takes the steps after the first', () => {
    const [, ...afterwards] = stepsIn('resumeShipments', 'ship-shipments');
    expect(namesOf(ORDER_PLANS.ship).slice(1)).toEqual(namesOf(afterwards));
  });

  test('with partners, an order leaves its set before the pivot and goes on with asking them', () => {
    const begun = stepsIn('createOrder', 'create-order').slice(0, -1);
    const [confirm, approve] = stepsIn('confirmWithPartners', 'confirm-with-partners');
    const undo = 'cancelAtPartners';
    expect(ORDER_PLANS.createWithPartners).toEqual([...begun, { ...confirm, undo }, approve]);
    const code = readFileSync(path.join(WORKFLOWS, 'confirm-with-partners.ts'), 'utf8');
    expect(code).toContain(`const undos = ['${undo}', ...progress.undos]`);
  });
});
