/**
 * One gateway call inside the endpoint's budget, with what it tells about the endpoint's health. What
 * it tells about the payout is its verdict, and somebody else's business.
 */

import type { CallMeta, Called } from '../payneteasy/client.ts';
import type { Endpoint, Flow } from './flow.ts';

type AnyVerdict = { kind: string; cause?: string };

/** Answers that say more about the endpoint, or about us, than about any order. */
function isTrouble({ kind, cause }: AnyVerdict, { httpStatus }: CallMeta): boolean {
  if (kind === 'turned_away') return true;
  // Stopped by ourselves: the endpoint has no part in it.
  if (kind === 'not_sent') return cause !== 'too_late';
  return httpStatus === null || httpStatus >= 500 || cause === 'unreadable';
}

/** Makes the call and reports to the gate whether the endpoint is well. */
export async function callGateway<Verdict extends AnyVerdict>(
  flow: Flow,
  endpoint: Endpoint,
  command: 'payout-check' | 'payout-pay' | 'status',
  payoutId: string,
  call: () => Promise<Called<Verdict>>,
): Promise<Called<Verdict>> {
  endpoint.gate.spend();
  const called = await call();
  const { verdict, meta } = called;
  const trouble = isTrouble(verdict, meta);
  endpoint.gate.report(
    trouble ? { kind: 'trouble', retryAfterMs: meta.retryAfterMs } : { kind: 'fine' },
  );
  const fields = {
    payoutId,
    endpoint: endpoint.name,
    command,
    outcome: verdict.kind,
    cause: verdict.cause ?? null,
    httpStatus: meta.httpStatus,
    serialNumber: meta.serialNumber,
    durationMs: Math.round(meta.durationMs),
  };
  if (trouble) flow.log.warn(fields, 'The gateway call brought trouble.');
  else flow.log.debug(fields, 'The gateway answered.');
  return called;
}

/** What the journal keeps of a call. */
export const callFacts = (
  command: string,
  meta: CallMeta,
): Record<string, string | number | null> => ({
  command,
  http_status: meta.httpStatus,
  serial_number: meta.serialNumber,
  duration_ms: Math.round(meta.durationMs),
  date: meta.httpStatus === 403 ? meta.dateHeader : null,
});
