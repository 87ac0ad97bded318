/**
 * What must hold after anything that was done to a service: every payout that was answered 201 is
 * in the database and final, and the bank paid each approved one exactly once.
 */

import { expect } from 'vitest';
import type { ApiClient } from './api-client.ts';
import { commandsOf, paymentsOf } from './bank-orders.ts';
import type { Setup } from './service-setup.ts';
import { DEADLINE_MS, waitFor } from './wait-for.ts';

type Row = { id: string; status: string; finalized_at: Date | null };

const open = (setup: Setup): Promise<Row[]> =>
  setup.database.query<Row>('select id, status from payouts where finalized_at is null');

/** Waits until no payout is open any more. */
export async function untilAllFinal(setup: Setup, deadlineMs: number): Promise<void> {
  try {
    await waitFor('every payout', async () => (await open(setup)).length === 0, deadlineMs);
  } catch (error) {
    const rows = await open(setup);
    const seen = rows.map(
      ({ id, status }) => `${id} ${status} ${commandsOf(setup.simulator, id).join()}`,
    );
    throw new Error(`still open: ${seen.join('; ')}`, { cause: error });
  }
}

/** What a person says of a command that was cut off twice, which the gateway knows nothing of. */
const findings: Readonly<Record<string, string>> = {
  check_outcome_unknown: 'no_order',
  pay_outcome_unknown: 'not_paid',
};

type Asking = { id: string; reference: string; code: string };

const asking = (setup: Setup): Promise<Asking[]> =>
  setup.database.query<Asking>(
    `select p.id, p.reference, item->>'code' as code
     from payouts p, jsonb_array_elements(p.attention) as item
     where p.finalized_at is null and item->>'code' = any($1)`,
    [Object.keys(findings)],
  );

/**
 * Waits until every payout has ended or raises an item, and ends those as an operator would: a
 * command is repeated once, so that a kill before the first byte of both leaves no other way.
 * Answers them; the bank has paid none.
 */
export async function endAll(
  setup: Setup,
  api: ApiClient,
  deadlineMs: number,
): Promise<readonly Asking[]> {
  const isEnded = async (): Promise<boolean> =>
    (await open(setup)).length === (await asking(setup)).length;
  // A payout that is open all the same is named by the wait that follows.
  await waitFor('every payout to end or to ask', isEnded, deadlineMs).catch(() => false);
  const asked = await asking(setup);
  for (const { id, code } of asked) {
    expect([id, paymentsOf(setup.simulator, id)]).toEqual([id, 0]);
    const body = { finding: findings[code], evidence: 'The bank knows of none.', name: 'Ann' };
    // A status request of the service itself may come between the question and the word.
    await waitFor(
      `${id} to be resolved`,
      async () => (await api.send('POST', `/v1/payouts/${id}/resolve`, { body })).status === 200,
    );
  }
  await untilAllFinal(setup, DEADLINE_MS);
  return asked;
}

/**
 * Compares rows and ledger for the payouts that were answered 201; all of them were to be approved,
 * but for those that a person had to end. Answers the paid ones.
 */
export async function expectPaidOnce(
  setup: Setup,
  ids: readonly string[],
  asked: readonly Asking[] = [],
): Promise<readonly string[]> {
  const all = await setup.database.query<Row>('select id, status from payouts');
  const isOurs = (id: string): boolean => !asked.some((one) => one.id === id);
  const rows = all.filter(({ id }) => isOurs(id));
  const statusOf = new Map(rows.map(({ id, status }) => [id, status]));
  const paid = ids.filter(isOurs);
  expect(paid.map((id) => [id, statusOf.get(id)])).toEqual(paid.map((id) => [id, 'approved']));
  // A create that was cut off unanswered may be on disk too; then it is paid once as well.
  for (const { id, status } of rows) {
    expect([id, status, paymentsOf(setup.simulator, id)]).toEqual([id, 'approved', 1]);
  }
  expect(setup.simulator.control.ledger()).toHaveLength(rows.length);
  return paid;
}
