/**
 * `endpoint list` and `endpoint continue`: the gateways that payouts were sent to, and the
 * declaration that the configured gateway continues the orders of another. The proof that the
 * declaration needs is decided in flow/api/continue-endpoint.ts.
 */

import { continueEndpoint } from '../../flow/api/continue-endpoint.ts';
import {
  countOpenByIdentity,
  listContinuations,
  listIdentities,
} from '../../store/gateway-identities.ts';
import { type Command, CommandFailed, namedOperatorOf } from './command.ts';

export const endpointListCommand: Command = {
  summary: 'list the gateways that payouts were sent to, and count their open payouts',
  operands: [],
  options: {},
  run: async ({ app, print }) => {
    for (const [name, endpoint] of app.endpoints) {
      print(`${name} is configured as: ${endpoint.gateway().identity}`);
    }
    const continuations = await listContinuations(app.db);
    const open = new Map<string | null, number>();
    for (const name of app.endpoints.keys()) {
      for (const { identity, count } of await countOpenByIdentity(app.db, name)) {
        open.set(identity, (open.get(identity) ?? 0) + count);
      }
    }
    for (const { identity, firstSeen, isLegacy } of await listIdentities(app.db)) {
      const count = (open.get(identity) ?? 0) + (isLegacy ? (open.get(null) ?? 0) : 0);
      const legacy = isLegacy ? ', including the payouts from before gateways were recorded' : '';
      print(identity);
      print(`  since ${new Date(firstSeen).toISOString()}, ${count} open payouts${legacy}`);
      for (const { oldIdentity, newIdentity, declaredBy, proofPayoutId } of continuations) {
        if (oldIdentity !== identity) continue;
        print(`  continued by ${newIdentity} (${declaredBy}, proven by ${proofPayoutId})`);
      }
    }
  },
};

export const endpointContinueCommand: Command = {
  summary: 'declare that the configured gateway continues the orders of another gateway',
  operands: ['old', 'new'],
  options: { name: { type: 'string', about: 'the name of the operator' } },
  run: async (input) => {
    const { app, operands, print } = input;
    const { by } = namedOperatorOf(input);
    const [oldIdentity = '', newIdentity = ''] = operands;
    const outcome = await continueEndpoint(app, { oldIdentity, newIdentity, by });
    for (const line of outcome.tried) print(line);
    if (outcome.kind === 'refused') throw new CommandFailed(`Refused: ${outcome.because}.`);
    print(`${newIdentity} continues the orders of ${oldIdentity}.`);
  },
};
