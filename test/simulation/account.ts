/**
 * The merchant's accounts at the simulated gateway: the service knows each as an endpoint. Nothing
 * of one is valid at the other, so that whatever is sent to the wrong one shows.
 */

import type { Random } from './random.ts';

export type Account = {
  /** The service's name for it, the last part of the address of its callbacks. */
  endpoint: string;
  host: string;
  /** The gateway's, the last part of the address of every command. */
  gatewayId: string;
  login: string;
  controlKey: string;
};

const all: readonly [Account, Account] = [
  {
    endpoint: 'default',
    host: 'gate.test',
    gatewayId: '1001',
    login: 'simulated-merchant',
    controlKey: '7B3F0C55-2E0B-4A66-9D7B-51B6D6C1AF01',
  },
  {
    endpoint: 'second',
    host: 'gate.test',
    gatewayId: '1002',
    login: 'simulated-merchant-2',
    controlKey: 'C41D9A20-83F7-4C1E-B6A5-0E2F7D94B802',
  },
];

const TWO_SHARE = 0.4;

/** The accounts of a run: mostly one, as in most installations. */
export const accountsOf = (random: Random): readonly Account[] =>
  random.chance(TWO_SHARE) ? all : all.slice(0, 1);

/** The endpoint that an address for callbacks is of. */
export const endpointAt = (callbackUrl: string): string => callbackUrl.split('/').at(-1) ?? '';

export const baseUrlOf = ({ host }: Account): string => `https://${host}/paynet`;

/** Which gateway a process talks to, in one text: address, endpoint, login. */
export const identityOf = (account: Pick<Account, 'host' | 'gatewayId' | 'login'>): string =>
  `https://${account.host}/paynet endpoint/${account.gatewayId} ${account.login}`;

/** Another account, with books of its own, that takes everything which is sent to it. */
export const mistakenFor = (account: Account, random: Random): Account => ({
  ...account,
  ...random.pick([
    { host: 'sandbox.test' },
    { gatewayId: `${account.gatewayId}7` },
    { login: `${account.login}-other` },
  ]),
});

/** The same account with the same books under another address, number or login. */
export const movedFrom = (account: Account, random: Random): Account => ({
  ...account,
  ...random.pick([
    { host: 'gate-b.test' },
    { gatewayId: `${account.gatewayId}4` },
    { login: `${account.login}-renamed` },
  ]),
});

/** The same account with a key that is not its own. */
export const misspelt = (account: Account): Account => ({
  ...account,
  controlKey: `${account.controlKey.slice(0, -1)}F`,
});
