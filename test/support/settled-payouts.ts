/**
 * What must hold after anything that was done to a service: every payout that was answered 201 is
 * in the database and final, and the bank paid each approved one exactly once.
 */

import { expect } from 'vitest';
import { commandsOf, paymentsOf } from './bank-orders.ts';
import type { Setup } from './service-setup.ts';
import { waitFor } from './wait-for.ts';

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

/**
 * Compares rows and ledger for the payouts that were answered 201; all of them were to be approved.
 */
export async function expectPaidOnce(setup: Setup, ids: readonly string[]): Promise<void> {
  const rows = await setup.database.query<Row>('select id, status from payouts');
  const statusOf = new Map(rows.map(({ id, status }) => [id, status]));
  expect(ids.map((id) => [id, statusOf.get(id)])).toEqual(ids.map((id) => [id, 'approved']));
  // A create that was cut off unanswered may be on disk too; then it is paid once as well.
  for (const { id, status } of rows) {
    expect([id, status, paymentsOf(setup.simulator, id)]).toEqual([id, 'approved', 1]);
  }
  expect(setup.simulator.control.ledger()).toHaveLength(rows.length);
}
