/**
 * Rules 1, 2 and 8: a payout is stored for the endpoint that its caller named, and nothing about it
 * is sent to another one.
 */

import type { Case } from './audit.ts';

export function checkEndpoints(one: Case): void {
  const { watcher, callers, accounts } = one.auditing;
  const [row] = watcher.history(one.id);
  const wanted = callers.wanted.find(({ reference }) => reference === row?.reference);
  if (row?.endpoint !== wanted?.endpoint) {
    one.blame(1, `is stored for ${row?.endpoint}, and was wanted of ${wanted?.endpoint}`);
  }
  const account = accounts.find(({ endpoint }) => endpoint === wanted?.endpoint);
  for (const { command, no, gatewayId } of one.exchanges) {
    if (gatewayId === account?.gatewayId) continue;
    one.blame(command === 'status' ? 8 : 2, `${command} no. ${no} went to another endpoint`);
  }
}
