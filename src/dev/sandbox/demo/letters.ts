/**
 * The platform's side of the demo's payouts: the notifications that the simulated platform
 * received, and the UpdatePayout calls of the simulated cashier.
 */

import { z } from 'zod';
import type { Sandbox } from '../sandbox.ts';
import type { SeenPayout } from './api.ts';

/** The cashier's data of the player who owns the demo's payouts. */
export const demoCashier = { pin: '7', front_end_name: 'DEMO EUR', site_id: 170 };

const TIMEOUT_MS = 10_000;

const answerSchema = z.object({ httpStatus: z.number(), body: z.string() });
const pairSchema = z.object({ Status: z.literal(0), Description: z.string() });

/**
 * The status letters that the platform received for a payout, each once, in the order of arrival.
 */
export function lettersOf({ simulator }: Sandbox, reference: string): string {
  const received = simulator.control.letters().filter((letter) => letter.reference === reference);
  const unsigned = received.filter(({ signature }) => signature !== 'valid');
  if (unsigned.length > 0) return `${unsigned.length} with a bad signature`;
  return [...new Set(received.map(({ letter }) => letter))].join('');
}

/** Lets the simulated cashier send a status letter for a payout; throws unless it is answered 0. */
export async function sayAsCashier(
  { simulatorUrl, url }: Sandbox,
  payout: SeenPayout,
  letter: 'A' | 'J',
): Promise<string> {
  const body = {
    PIN: demoCashier.pin,
    FrontEndName: demoCashier.front_end_name,
    SiteID: demoCashier.site_id,
    ExtPayoutID: payout.reference,
    Status: letter,
    UpdatedBy: 'Backoffice_User',
  };
  const response = await fetch(`${simulatorUrl}/control/cashier`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: `${url}/UpdatePayout`, body }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = answerSchema.parse(await response.json());
  const { Status, Description } = pairSchema.parse(JSON.parse(answer.body));
  return `the cashier says ${letter}: ${Status} ${Description}`;
}
