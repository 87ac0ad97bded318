/**
 * Rules 1, 2, 8 and 16: a payout is stored for the endpoint that its caller named, and nothing
 * about it is sent to another gateway than the one that it was created for.
 */

import { identityOf } from '../account.ts';
import type { Fleet } from '../fleet.ts';
import type { Watcher } from '../watcher.ts';
import type { Case } from './audit.ts';

/** The gateway that its creator used, seen from outside. */
function identityOfPayout(fleet: Fleet, watcher: Watcher, payoutId: string): string | null {
  const born = watcher.births.get(payoutId);
  if (born === undefined) return null;
  const used = fleet.identitiesAt(born.writer, born.endpoint, born.at);
  return used.find((identity) => identity === born.gateway) ?? used[0] ?? null;
}

/** Whether no replica, or not each of them, uses its gateway now. */
export function isOfOtherGateway(fleet: Fleet, watcher: Watcher, payoutId: string): boolean {
  const identity = identityOfPayout(fleet, watcher, payoutId);
  const endpoint = watcher.births.get(payoutId)?.endpoint;
  if (identity === null || endpoint === undefined) return false;
  if (fleet.isConfigured(endpoint, identity)) return false;
  return !hasMoved(fleet, endpoint, identity);
}

/** Whether all replicas use a gateway that a person declared to go on with this one's orders. */
const hasMoved = (fleet: Fleet, endpoint: string, identity: string): boolean =>
  fleet
    .accountsOf('r1')
    .filter((account) => account.endpoint === endpoint)
    .some((account) => fleet.continuedAt(identity, identityOf(account)) !== null);

export function checkEndpoints(one: Case): void {
  const { watcher, callers, fleet } = one.auditing;
  const [row] = watcher.history(one.id);
  const wanted = callers.wanted.find(({ reference }) => reference === row?.reference);
  if (row?.endpoint !== wanted?.endpoint) {
    one.blame(1, `is stored for ${row?.endpoint}, and was wanted of ${wanted?.endpoint}`);
  }
  const identity = identityOfPayout(fleet, watcher, one.id);
  if (identity === null) return;
  // The same client_orderid may have had an earlier life, at another gateway, in a lost history.
  const bornAt = watcher.births.get(one.id)?.at ?? 0;
  const own = one.exchanges.filter(({ requestedAt }) => requestedAt >= bornAt);
  const astray = own.filter(({ identity: sentTo, requestedAt }) => {
    const continuedAt = fleet.continuedAt(identity, sentTo);
    return sentTo !== identity && !(continuedAt !== null && requestedAt >= continuedAt);
  });
  for (const kind of ['payout-check', 'payout-pay', 'status'] as const) {
    const [first, ...more] = astray.filter(({ command }) => command === kind);
    if (first === undefined) continue;
    const what = `${kind} no. ${first.no} and ${more.length} more went to another gateway`;
    one.blame(16, `${what}: ${first.identity}, not ${identity}`);
  }
}
