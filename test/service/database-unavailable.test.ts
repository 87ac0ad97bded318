/**
 * A database that refuses the service while it runs. Goal: clients are told to come back, load
 * balancers to send elsewhere, and everything continues by itself once the cause is gone.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { payoutBody } from '../support/api-client.ts';
import { type StartedService, startServiceOn } from '../support/running-service.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';

/** Five times the 15 s for which a refused write counts. */
const READY_DEADLINE_MS = 75_000;

let setup: Setup;
let service: StartedService;
const role = `runs_${randomBytes(6).toString('hex')}`;
beforeAll(async () => {
  setup = await createSetup();
  await setup.database.query(`create role ${role} login password 'before'`);
  await setup.database.query(`grant all on all tables in schema public to ${role}`);
  await setup.database.query(`grant create on schema public to ${role}`);
  await setup.database.query(
    `create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'refused' using errcode = tg_argv[0]; end $$`,
  );
  const url = new URL(setup.database.connectionString);
  url.username = role;
  url.password = 'before';
  service = await startServiceOn(setup, { DATABASE_URL: url.href });
});
afterEach(async () => {
  await setup.database.query('drop trigger if exists refused on payouts');
});
afterAll(async () => {
  await service.close();
  await setup.database.query(`drop owned by ${role}`);
  await setup.database.query(`drop role ${role}`);
  await setup.close();
});

const create = () =>
  service.api.send<{ code?: string }>('POST', '/v1/payouts', {
    body: payoutBody(),
    headers: { 'idempotency-key': randomUUID() },
  });

/** What tells a client to come back. */
const COME_BACK = [503, '2', 'UNAVAILABLE'];

const created = async () => {
  const { status, headers, body } = await create();
  return [status, headers.get('retry-after'), body.code ?? null];
};

const readiness = async () => {
  const answer = await fetch(`${service.url}/health/ready`);
  const { problems }: { problems: string[] } = JSON.parse(await answer.text());
  return { status: answer.status, problems };
};

const expectItGoesOn = async (): Promise<void> => {
  await waitFor('a create', async () => (await create()).status === 201);
  await waitFor('readiness', async () => (await readiness()).status === 200, READY_DEADLINE_MS);
};

const refuseWrites = (code: string) =>
  setup.database.query(
    `create trigger refused before insert on payouts execute function refuse('${code}')`,
  );

describe('a write that the server refuses', () => {
  test.for([
    ['40P01', 'a deadlock'],
    ['53200', 'no memory'],
    ['57014', 'a statement that took too long'],
    ['42501', 'a grant that was revoked'],
  ])('with %s (%s) is to be tried again', async ([code = '']) => {
    await refuseWrites(code);
    expect(await created()).toEqual(COME_BACK);
  });

  test('because of its own content is a fault of the service, and no reason to come back', async () => {
    await refuseWrites('22000');
    expect(await created()).toEqual([500, null, 'INTERNAL']);
    expect((await readiness()).status).toBe(200);
  });

  test.for([
    ['53100', 'the disk is full'],
    ['25006', 'it is read-only'],
  ])(
    'with %s (%s) makes the replica unready, until it is taken again',
    { timeout: 120_000 },
    async ([code = '']) => {
      await refuseWrites(code);
      expect(await created()).toEqual(COME_BACK);
      expect(await readiness()).toEqual({
        status: 503,
        problems: ['The database takes no writes.'],
      });
      await setup.database.query('drop trigger refused on payouts');
      await expectItGoesOn();
    },
  );
});

describe('a server that refuses new sessions', () => {
  test.for([
    {
      what: 'after the password was changed (28P01)',
      refuse: `alter role ${role} password 'after'`,
      accept: `alter role ${role} password 'before'`,
    },
    {
      what: 'because there are too many (53300)',
      refuse: `alter role ${role} connection limit 0`,
      accept: `alter role ${role} connection limit -1`,
    },
    {
      what: 'of a role that may no longer log in (28000)',
      refuse: `alter role ${role} nologin`,
      accept: `alter role ${role} login`,
    },
  ])(
    '$what makes the replica unready, until it takes them',
    { timeout: 60_000 },
    async ({ refuse, accept }) => {
      await setup.database.query(refuse);
      await setup.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
      );
      await waitFor('unreadiness', async () => (await readiness()).status === 503);
      expect(await created()).toEqual(COME_BACK);
      await setup.database.query(accept);
      await expectItGoesOn();
    },
  );
});
