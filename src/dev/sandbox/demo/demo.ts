/**
 * The demo: drives one payout to every ending, prints each step as it happens, and compares the
 * result with the ledger of the simulated bank. It passes only if every payout ended as expected.
 * `scenarios.ts` lists the payouts.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Sandbox } from '../sandbox.ts';
import { createDemoApi, type DemoApi, type SeenPayout } from './api.ts';
import { fillForm } from './fill-form.ts';
import { demoCashier, lettersOf, sayAsCashier } from './letters.ts';
import { type Scenario, scenarios } from './scenarios.ts';

export type DemoOptions = {
  print: (line: string) => void;
  /** The receivers' data; tests pass values that they can search for. */
  receiver?: (index: number) => object;
};

const LOOK_EVERY_MS = 100;
/** The whole demo stays under a minute; one payout takes a few seconds. */
const GIVE_UP_AFTER_MS = 50_000;
/** How long an open payout with its attention item is watched for a wrong payment. */
const SETTLED_AFTER_MS = 1500;

const bankAccount = (index: number): object => ({
  first_name: 'Ada',
  last_name: 'Lovelace',
  bank_account: {
    account_number: `DE0012345678901234${String(index).padStart(4, '0')}`,
    bank_name: 'Analytical Bank',
    bank_branch: 'Main',
  },
});

const columns = (...cells: string[]): string => {
  const widths = [8, 24, 19, 26, 9, 0];
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(' ')
    .trimEnd();
};

async function act(
  api: DemoApi,
  scenario: Scenario,
  seen: SeenPayout,
  sandbox: Sandbox,
): Promise<string> {
  switch (scenario.action?.act) {
    case 'fill_form':
      if (seen.redirect_url === null) throw new Error('awaiting_receiver without redirect_url');
      await fillForm(seen.redirect_url);
      return 'the receiver fills in the form';
    case 'authorize':
      await api.command(seen.id, 'authorize');
      return 'the platform authorizes it';
    case 'cancel':
      await api.command(seen.id, 'cancel');
      return 'the platform cancels it';
    case 'cashier_authorizes':
      return sayAsCashier(sandbox, seen, 'A');
    case 'cashier_rejects':
      return sayAsCashier(sandbox, seen, 'J');
    case undefined:
      return '';
  }
}

const hasEnded = (scenario: Scenario, seen: SeenPayout): boolean =>
  seen.final || (scenario.attention !== null && seen.attention?.code === scenario.attention);

/** Follows one payout to its end and prints what it sees. */
async function follow(
  api: DemoApi,
  scenario: Scenario,
  body: object,
  printRow: (...cells: string[]) => void,
  sandbox: Sandbox,
): Promise<SeenPayout> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  let seen = await api.create(body);
  let last = '';
  let acted = false;
  for (;;) {
    const now = `${seen.status} ${seen.gateway.stage} ${seen.attention?.code}`;
    if (now !== last)
      printRow(scenario.name, seen.status, seen.gateway.stage ?? '', seen.attention?.code ?? '');
    last = now;
    if (hasEnded(scenario, seen)) return seen;
    if (!acted && seen.status === scenario.action?.status) {
      acted = true;
      printRow(scenario.name, '', '', await act(api, scenario, seen, sandbox));
    }
    if (performance.now() > deadline) throw new Error(`${scenario.name}: still ${seen.status}`);
    await wait(LOOK_EVERY_MS);
    seen = await api.read(seen.id);
  }
}

/** What is wrong with the end of a payout; empty when it ended as expected. */
function faults(scenario: Scenario, seen: SeenPayout, payments: number, letters: string): string[] {
  const paid = scenario.ends === 'approved' ? 1 : 0;
  const wrong = (what: string, is: string | number, must: string | number): string[] =>
    is === must ? [] : [`${scenario.name}: ${what} is ${is}, must be ${must}`];
  return [
    ...wrong('status', seen.status, scenario.ends),
    ...wrong('money_moved', seen.money_moved, scenario.moneyMoved),
    ...wrong('payments in the ledger', payments, paid),
    ...wrong('letters notified', letters, scenario.letters),
  ];
}

/** Runs the demo against a sandbox; returns what did not end as expected. */
export async function runDemo(sandbox: Sandbox, options: DemoOptions): Promise<string[]> {
  const { print } = options;
  const receiver = options.receiver ?? bankAccount;
  const api = createDemoApi(sandbox.url, sandbox.apiKey);
  const started = performance.now();
  const printRow = (...cells: string[]): void =>
    print(columns(`${((performance.now() - started) / 1000).toFixed(2)} s`, ...cells));
  print(columns('time', 'payout', 'status', 'stage at the gateway', 'what happens'));
  const run = Date.now().toString(36);
  const ends = await Promise.all(
    scenarios.map((scenario, index) => {
      const { amount, release } = scenario;
      const reference = `demo-${run}-${index}`;
      const body = {
        reference,
        amount,
        currency: 'EUR',
        release,
        receiver: receiver(index),
        cashier: demoCashier,
      };
      return follow(api, scenario, body, printRow, sandbox);
    }),
  );
  await wait(SETTLED_AFTER_MS);
  const ledger = sandbox.simulator.control.ledger();
  print('');
  print(columns('', 'payout', 'ended as', 'money moved', 'payments', 'letters notified'));
  const found = await Promise.all(
    scenarios.map(async (scenario, index) => {
      const end = ends[index];
      if (end === undefined) return [`${scenario.name}: was not followed`];
      const seen = await api.read(end.id);
      const payments = ledger.filter(
        (entry) => entry.clientOrderId === seen.gateway.client_order_id,
      ).length;
      const letters = lettersOf(sandbox, seen.reference);
      print(columns('', scenario.name, seen.status, seen.money_moved, `${payments}`, letters));
      return faults(scenario, seen, payments, letters);
    }),
  );
  return found.flat();
}
