/** Unsafe settings with a production gateway: refused by name, unless a variable says so. */

import { describe, expect, test } from 'vitest';
import { configOf, problemsOf } from './environment.ts';

const production = {
  PAYNETEASY_BASE_URL: 'https://gate.payneteasy.com/paynet',
  DATABASE_URL: 'postgres://me:long-enough@db/payouts',
};

type Case = readonly [kind: string, name: string, changes: Record<string, string>];

const db = (rest: string) => ({ DATABASE_URL: `postgres://me:long-enough@${rest}` });

const unsafe: readonly Case[] = [
  ['plain_http', 'PRAXIS_NOTIFY_URL', { PRAXIS_NOTIFY_URL: 'http://platform.example.com/x' }],
  ['plain_http', 'PRAXIS_NOTIFY_URL', { PRAXIS_NOTIFY_URL: 'http://203.0.113.7/UpdatePayout' }],
  ['plain_http', 'PUBLIC_BASE_URL', { PUBLIC_BASE_URL: 'http://pay.example.com' }],
  ['plain_http', 'DATABASE_URL', db('db.example.com/payouts')],
  ['plain_http', 'DATABASE_URL', db('db.example.com/payouts?sslmode=disable')],
  ['plain_http', 'DATABASE_URL', db('DB.Example.com/payouts')],
  // 8.8.8.8: names of one label are private, and these are none.
  ['plain_http', 'DATABASE_URL', db('134744072/payouts')],
  ['plain_http', 'DATABASE_URL', db('0x08080808/payouts')],
  ['open_cashier', 'PRAXIS_ALLOW_UNAUTHENTICATED', { PRAXIS_ALLOW_UNAUTHENTICATED: 'true' }],
  ['open_cashier', 'PRAXIS_ALLOWED_IPS', { PRAXIS_ALLOWED_IPS: '0.0.0.0/0' }],
  ['any_proxy', 'TRUSTED_PROXIES', { TRUSTED_PROXIES: '0.0.0.0/0' }],
  ['any_proxy', 'TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/8, ::/0' }],
  ['any_proxy', 'TRUSTED_PROXIES', { TRUSTED_PROXIES: '0.0.0.0/1,128.0.0.0/1' }],
  ['any_proxy', 'TRUSTED_PROXIES', { TRUSTED_PROXIES: '::ffff:0:0/96' }],
  ['any_proxy', 'TRUSTED_PROXIES', { TRUSTED_PROXIES: '::/80' }],
  ['any_proxy', 'TRUSTED_PROXIES', { TRUSTED_PROXIES: '::/8' }],
  ['any_proxy', 'TRUSTED_PROXIES', { TRUSTED_PROXIES: '0:0:0:0:0:FFFF::/96' }],
  ['short_passwords', 'PRAXIS_BASIC_AUTH', { PRAXIS_BASIC_AUTH: 'cashier:x' }],
  ['short_passwords', 'PRAXIS_BASIC_AUTH', { PRAXIS_BASIC_AUTH: 'a-long-user-name:1234567' }],
  ['short_passwords', 'PAYNETEASY_CONTROL_KEY', { PAYNETEASY_CONTROL_KEY: 'x' }],
  ['short_passwords', 'DATABASE_URL', { DATABASE_URL: 'postgres://me:x@db/payouts' }],
  ['short_passwords', 'DATABASE_URL', { DATABASE_URL: 'postgres://me:%41%42@db/payouts' }],
];

describe('with a production gateway', () => {
  test.each(unsafe)('%s of %s is refused: %j', (kind, name, changes) => {
    const problems = problemsOf({ ...production, ...changes });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: .* ALLOW_UNSAFE=${kind}$`));
  });

  test.each(unsafe)('%s of %s is a warning where it is meant: %j', (kind, name, changes) => {
    const { warnings } = configOf({ ...production, ...changes, ALLOW_UNSAFE: kind });
    const about = warnings.filter((text) => text.startsWith(`${name}: `));
    expect(about).toHaveLength(1);
  });

  test('all are named together, and one that is meant excuses no other', () => {
    const problems = problemsOf({
      ...production,
      PUBLIC_BASE_URL: 'http://pay.example.com',
      PRAXIS_ALLOW_UNAUTHENTICATED: 'true',
      TRUSTED_PROXIES: '0.0.0.0/0',
      PRAXIS_BASIC_AUTH: 'cashier:x',
      ALLOW_UNSAFE: 'plain_http',
    });
    const names = problems.map((problem) => problem.slice(0, problem.indexOf(':')));
    expect(names).toEqual(['PRAXIS_ALLOW_UNAUTHENTICATED', 'TRUSTED_PROXIES', 'PRAXIS_BASIC_AUTH']);
  });

  test.each([
    { PRAXIS_NOTIFY_URL: 'https://platform.example.com/x' },
    { PRAXIS_NOTIFY_URL: 'http://10.1.2.3/UpdatePayout' },
    { PRAXIS_NOTIFY_URL: 'none' },
    { PUBLIC_BASE_URL: 'http://service:8080' },
    db('db.example.com/payouts?sslmode=verify-full'),
    db('db.example.com/payouts?sslmode=require'),
    db('%2Fvar%2Frun%2Fpostgresql/payouts'),
    db('db.internal/payouts'),
    db('LOCALHOST/payouts'),
    { DATABASE_URL: 'postgres://me@db/payouts' },
    { TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1, fc00::/7, ::ffff:10.0.0.0/104' },
    { PRAXIS_ALLOWED_IPS: '0.0.0.0/0', PRAXIS_BASIC_AUTH: 'cashier:long-enough' },
    { PRAXIS_BASIC_AUTH: 'cashier:12345678' },
  ])('%j is not unsafe', (changes) => {
    expect(problemsOf({ ...production, ...changes })).toEqual([]);
  });

  test('no sentence repeats a secret', () => {
    const problems = problemsOf({
      ...production,
      DATABASE_URL: 'postgres://canary:canary@db.example.com/payouts',
      PRAXIS_BASIC_AUTH: 'canary:canary',
      PAYNETEASY_CONTROL_KEY: 'canary',
    });
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('canary');
  });
});

test('elsewhere the same settings are taken, for sandboxes and tests', () => {
  for (const [, , changes] of unsafe) expect(problemsOf(changes)).toEqual([]);
});

test('an unknown kind is refused', () => {
  expect(problemsOf({ ALLOW_UNSAFE: 'everything' })).toEqual([
    expect.stringMatching(/^ALLOW_UNSAFE: must be a list of plain_http, open_cashier/),
  ]);
});
