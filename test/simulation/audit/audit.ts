/**
 * The audit after a run: compares what everybody outside the service knows with what is on disk,
 * rule by rule. Written from the rules alone; it uses no decision of the service.
 */

import type { Letter } from '../../../src/payout/model/letter.ts';
import type { Policy } from '../../../src/payout/model/limits.ts';
import type { Database } from '../../../src/store/database/pool.ts';
import type { Callbacks } from '../callbacks.ts';
import type { Callers } from '../callers.ts';
import type { FeedReader } from '../feed-reader.ts';
import type { Fleet } from '../fleet.ts';
import type { Gateway } from '../gateway.ts';
import type { Intruder } from '../intruder.ts';
import type { Exchange } from '../network.ts';
import type { NextVersion } from '../next-version.ts';
import type { Order } from '../order.ts';
import type { People } from '../people.ts';
import type { Platform } from '../platform.ts';
import type { Restore } from '../restores.ts';
import type { Watcher } from '../watcher.ts';
import type { Weather } from '../weather.ts';
import type { World } from '../world.ts';
import { checkCommands } from './commands.ts';
import { checkCrowd } from './crowd.ts';
import { checkEndpoints } from './endpoints.ts';
import { checkEnds } from './ends.ts';
import type { Evidence } from './evidence.ts';
import { checkHistory } from './history.ts';
import { checkIntrusions } from './intrusions.ts';
import { type JournalRow, readJournal } from './journal.ts';
import { checkLetters, type LetterRow, readLetters } from './letters.ts';
import { checkLife } from './life.ts';
import { checkReadOnce } from './read-once.ts';
import { checkSecrets } from './secrets.ts';
import { checkUnrecorded } from './unrecorded.ts';
import { checkVersions } from './versions.ts';
import { checkWords } from './words.ts';

/** The number of the rule in SAFETY.md, the payout, and what is wrong. */
export type Violation = { rule: number; payoutId: string; what: string };

export type Auditing = {
  real: Database;
  world: World;
  weather: Weather;
  /** When the weather cleared. */
  clearedAt: number;
  /** How many replicas there are, and when one of them crashed. */
  replicas: number;
  crashes: readonly number[];
  /** By how much a process's clock was set back in that time, in milliseconds. */
  clockSetBack(process: string, from: number, until: number): number;
  evidence: Evidence;
  watcher: Watcher;
  gateway: Gateway;
  exchanges: readonly Exchange[];
  callers: Callers;
  callbacks: Callbacks;
  people: People;
  restores: readonly Restore[];
  nextVersion: NextVersion;
  intruder: Intruder;
  feedReader: FeedReader;
  platform: Platform;
  fleet: Fleet;
  policy: Policy;
  /** The letters that the platform wants. */
  letters: readonly Letter[];
  secrets: readonly string[];
};

/** Everything about one payout, for the checks. */
export type Case = {
  id: string;
  reference: string;
  clientOrderId: string;
  journal: readonly JournalRow[];
  /** Its letters on disk, in order. */
  letters: readonly LetterRow[];
  /** Every order with its client_orderid, oldest first. */
  orders: readonly Order[];
  exchanges: readonly Exchange[];
  auditing: Auditing;
  blame(rule: number, what: string): void;
};

export async function audit(auditing: Auditing): Promise<Violation[]> {
  const violations: Violation[] = [];
  const { watcher, gateway, evidence, exchanges } = auditing;
  const journal = await readJournal(auditing.real);
  const letters = await readLetters(auditing.real);
  for (const id of watcher.ids()) {
    const { reference = '', clientOrderId = '' } = watcher.history(id).at(-1) ?? {};
    const one: Case = {
      id,
      reference,
      clientOrderId,
      journal: journal.get(id) ?? [],
      letters: letters.get(id) ?? [],
      orders: gateway.orders.filter((order) => order.clientOrderId === clientOrderId),
      exchanges: exchanges.filter((exchange) => exchange.clientOrderId === clientOrderId),
      auditing,
      blame: (rule, what) => violations.push({ rule, payoutId: id, what }),
    };
    checkEndpoints(one);
    checkCommands(one);
    checkUnrecorded(one);
    checkEnds(one);
    checkLife(one);
    checkReadOnce(one);
    checkWords(one);
    checkLetters(one);
    checkIntrusions(one);
  }
  const blame = (rule: number, what: string) => violations.push({ rule, payoutId: 'all', what });
  const [assertion, ...more] = evidence.assertions;
  if (assertion !== undefined) {
    blame(0, `the service met a bug, and ${more.length} more: ${assertion}`);
  }
  const [twice] = auditing.feedReader.twice;
  if (twice !== undefined) blame(17, `the feed's number ${twice} stands for two events`);
  checkCrowd(auditing, blame);
  await checkSecrets(auditing, blame);
  await checkVersions(auditing, (payoutId, what) => violations.push({ rule: 1, payoutId, what }));
  checkHistory(auditing, (rule, reference, what) =>
    violations.push({ rule, payoutId: reference, what }),
  );
  return violations;
}
