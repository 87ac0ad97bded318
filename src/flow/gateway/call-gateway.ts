/**
 * One gateway call within the endpoint's budget, and what its outcome says about the endpoint's
 * health. What the outcome says about the payout is decided in src/payout/rules, by its verdict.
 */

import type { GatewayCause } from '../../payout/model/reply.ts';
import type { AppContext, Endpoint } from '../context.ts';
import { skewOf } from './clock-skew.ts';
import type { Called, CallMeta } from './gateway.ts';

type AnyVerdict = { kind: string; cause?: GatewayCause };

/** Answers that broke off, or that came from a proxy or filter before the gateway. */
const NOT_THE_GATEWAY: ReadonlySet<GatewayCause> = new Set<GatewayCause>([
  'unreadable',
  'redirected',
  'body_cut',
  'body_too_large',
  'total_timeout',
  'malformed',
  'reset',
]);

/** Whether an answer says more about the endpoint, or about us, than about any order. */
function isFailure({ kind, cause }: AnyVerdict, { httpStatus }: CallMeta): boolean {
  if (kind === 'turned_away' || httpStatus === null || httpStatus >= 500) return true;
  return cause !== undefined && NOT_THE_GATEWAY.has(cause);
}

/** A call that we stopped ourselves says nothing about the endpoint's health. */
const wasStopped = ({ kind, cause }: AnyVerdict): boolean =>
  kind === 'not_sent' && cause === 'too_late';

/** Makes the call and reports to the limiter whether it failed. */
export async function callGateway<Verdict extends AnyVerdict>(
  app: AppContext,
  endpoint: Endpoint,
  command: 'payout-check' | 'payout-pay' | 'status',
  payoutId: string,
  call: () => Promise<Called<Verdict>>,
): Promise<Called<Verdict>> {
  endpoint.limiter.spend();
  const called = await call();
  const { verdict, meta } = called;
  const stopped = wasStopped(verdict);
  const failed = !stopped && isFailure(verdict, meta);
  if (failed) endpoint.limiter.report({ kind: 'failed', retryAfterMs: meta.retryAfterMs });
  else if (!stopped) endpoint.limiter.report({ kind: 'succeeded' });
  const { durationMs } = meta;
  app.observe.gatewayCall({
    endpoint: endpoint.name,
    command,
    outcome: verdict.kind,
    durationMs,
  });
  const fields = {
    payoutId,
    endpoint: endpoint.name,
    command,
    outcome: verdict.kind,
    cause: verdict.cause ?? null,
    httpStatus: meta.httpStatus,
    serialNumber: meta.serialNumber,
    durationMs: Math.round(durationMs),
  };
  const { clockSkewMs } = skewOf(meta, app.wall());
  if (clockSkewMs !== undefined) {
    const about = { endpoint: endpoint.name, delayMs: clockSkewMs, attention: 'clock_skew' };
    app.log.error(about, "Our clock and the gateway's are too far apart for signatures.");
  }
  if (failed) app.log.warn(fields, 'The gateway call failed.');
  else app.log.debug(fields, 'The gateway answered.');
  return called;
}

/** RFC 9110, IMF-fixdate. Any other text is not kept. */
const dateForm = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const dateOf = ({ accessRefused, dateHeader }: CallMeta): string | null =>
  accessRefused && dateHeader !== null && dateForm.test(dateHeader) ? dateHeader : null;

/** What the journal keeps of a call. */
export const callFacts = (
  command: string,
  meta: CallMeta,
): Record<string, string | number | null> => ({
  command,
  http_status: meta.httpStatus,
  serial_number: meta.serialNumber,
  duration_ms: Math.round(meta.durationMs),
  date: dateOf(meta),
});
