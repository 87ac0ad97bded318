/**
 * How the replicas are configured, and how that changes while payouts are open: another address,
 * number or login of the gateway, by mistake or because it moved, and another control key. Each
 * change comes with a restart of every replica, or of some.
 */

import { type Account, identityOf, misspelt, mistakenFor, movedFrom } from './account.ts';
import type { Door } from './door.ts';
import type { Process } from './process.ts';
import type { Replica } from './replica.ts';
import { continueEndpoint } from './service-parts.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

type Configured = { at: number; account: Account };

export type Fleet = {
  /** What a replica is configured with now. */
  accountsOf(replica: string): readonly Account[];
  /**
   * Which gateways a replica used for an endpoint just before that moment, the last one first: a
   * statement may arrive after its process has ended.
   */
  identitiesAt(replica: string, endpoint: string, at: number): string[];
  /** Whether all replicas use this gateway for the endpoint. */
  isConfigured(endpoint: string, identity: string): boolean;
  /** When a person began to declare that the second one goes on with the first one's orders. */
  continuedAt(old: string, identity: string): number | null;
  /** Every account with books of its own. */
  ledgers: readonly Account[];
  /** The accounts whose books an account's address stands for. */
  ledgerOf(account: Pick<Account, 'host' | 'gatewayId' | 'login'>): Account | null;
  /** Whether every replica has the right control key at this moment. */
  isKeyRight(): boolean;
  /** The database is an earlier one: what was declared since is declared again. */
  restored(): void;
  pending(): number;
};

export type FleetDeps = {
  world: World;
  weather: Weather;
  accounts: readonly Account[];
  names: readonly string[];
  replicas: () => readonly Replica[];
  door: () => Door;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** A rollout restarts one replica after the other. */
const ROLLOUT_MS = 40 * SECOND;
const RESTART_MS = [500, 4000] as const;
const DECLARES_MAX = 12;
/** No statement takes longer to arrive. */
const ARRIVES_WITHIN_MS = 4 * SECOND;

export function createFleet(deps: FleetDeps): Fleet {
  const { world, weather, accounts, names } = deps;
  const random = world.random.fork('fleet');
  const configured = new Map<string, Configured[]>();
  for (const name of names) {
    for (const account of accounts) {
      configured.set(`${name}/${account.endpoint}`, [{ at: world.now(), account }]);
    }
  }
  const mistaken: Account[] = [];
  const moved: { account: Account; of: Account }[] = [];
  const continued = new Map<string, number>();
  let pending = 0;

  const listOf = (name: string, endpoint: string): Configured[] =>
    configured.get(`${name}/${endpoint}`) ?? [];

  const processOf = (name: string): Process | undefined =>
    deps.replicas().find(({ process }) => process.name === name)?.process;

  /** Restarts these replicas with the account, each at its own moment. */
  const roll = async (account: Account, those: readonly string[]): Promise<void> => {
    const restarts = those.map(async (name) => {
      await world.sleep(random.int(0, ROLLOUT_MS), `${name} is configured anew`);
      listOf(name, account.endpoint).push({ at: world.now(), account });
      world.note(`${name} uses ${identityOf(account)}`);
      processOf(name)?.crash(random.int(...RESTART_MS));
    });
    await Promise.all(restarts);
  };

  const someOf = (): readonly string[] =>
    random.chance(0.5) ? names : names.filter(() => random.chance(0.5));

  /** A configuration that is wrong for a while. */
  const err = async (right: Account, wrong: Account): Promise<void> => {
    const those = someOf();
    await roll(wrong, those);
    await world.sleep(random.int(SECOND, random.pick([MINUTE, 20 * MINUTE])), 'it is noticed');
    await roll(right, those);
  };

  /** A person says that the gateway moved; where nothing proves it, the old one is used on. */
  const declare = async (from: Account, to: Account): Promise<void> => {
    const [old, identity] = [identityOf(from), identityOf(to)];
    for (let tries = 1; tries <= DECLARES_MAX; tries += 1) {
      await world.sleep(random.int(SECOND, 5 * MINUTE), 'the move is declared');
      if (!continued.has(`${old}>${identity}`)) continued.set(`${old}>${identity}`, world.now());
      const reply = await deps
        .door()
        .ask('endpoint continue', (app) => continueEndpoint(app, { old, identity, by: 'Ann' }));
      if (reply.kind === 'answered' && reply.value) return;
    }
    await roll(from, names);
  };

  const move = async (from: Account, to: Account): Promise<void> => {
    await roll(to, names);
    await declare(from, to);
  };

  const plan = (act: () => Promise<void>): void => {
    pending += 1;
    world.in(random.int(0, random.pick([20 * SECOND, 5 * MINUTE, 60 * MINUTE])), 'rollout', () => {
      if (weather.isClear()) {
        pending -= 1;
        return;
      }
      void act().then(() => {
        pending -= 1;
      });
    });
  };

  // One change for a run: two of them at the same time say no more about the service.
  const account = random.pick(accounts);
  if (weather.happens('gateway_mistaken')) {
    const wrong = mistakenFor(account, random);
    mistaken.push(wrong);
    plan(() => err(account, wrong));
  } else if (weather.happens('gateway_moved')) {
    const to = movedFrom(account, random);
    moved.push({ account: to, of: account });
    plan(() => move(account, to));
  } else if (weather.happens('control_key_mistaken')) plan(() => err(account, misspelt(account)));

  const isAt = (
    one: Account,
    { host, gatewayId, login }: Pick<Account, 'host' | 'gatewayId' | 'login'>,
  ): boolean => one.host === host && one.gatewayId === gatewayId && one.login === login;

  return {
    accountsOf: (replica) =>
      accounts.flatMap(({ endpoint }) => listOf(replica, endpoint).at(-1)?.account ?? []),
    identitiesAt: (replica, endpoint, at) => {
      const starts = processOf(replica)?.starts() ?? [];
      const usedFrom = (entry: Configured): number =>
        starts.find((each) => each >= entry.at) ?? Infinity;
      const entries = listOf(replica, endpoint).filter((entry) => usedFrom(entry) <= at);
      const recent = entries.filter(
        (entry, index) =>
          index === entries.length - 1 ||
          usedFrom(entries[index + 1] ?? entry) > at - ARRIVES_WITHIN_MS,
      );
      return recent.map(({ account: used }) => identityOf(used)).toReversed();
    },
    isConfigured: (endpoint, identity) =>
      names.every((name) => {
        const now = listOf(name, endpoint).at(-1);
        return now !== undefined && identityOf(now.account) === identity;
      }),
    continuedAt: (old, identity) => continued.get(`${old}>${identity}`) ?? null,
    ledgers: [...accounts, ...mistaken],
    ledgerOf: (address) =>
      [...accounts, ...mistaken].find((one) => isAt(one, address)) ??
      moved.find(({ account: one }) => isAt(one, address))?.of ??
      null,
    isKeyRight: () =>
      [...configured.values()].every((list) => {
        const key = list.at(-1)?.account.controlKey;
        return accounts.some(({ controlKey }) => controlKey === key);
      }),
    restored: () => {
      for (const { account: to, of: from } of moved) {
        if (!continued.has(`${identityOf(from)}>${identityOf(to)}`)) continue;
        pending += 1;
        void declare(from, to).then(() => {
          pending -= 1;
        });
      }
    },
    pending: () => pending,
  };
}
