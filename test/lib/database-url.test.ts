/**
 * DATABASE_URL in every form that PostgreSQL's tools and their documents write it: it works, or the
 * message names the part and what to write instead, and nothing of what was written.
 */

import { describe, expect, test } from 'vitest';
import { readDatabaseUrl } from '../../src/lib/postgres/database-url.ts';

const read = (text: string) => {
  const result = readDatabaseUrl(text);
  if (result.kind === 'problem') throw new Error(result.problem);
  return result.address;
};

const problemOf = (text: string): string => {
  const result = readDatabaseUrl(text);
  return result.kind === 'problem' ? result.problem : 'none';
};

const PLAIN = {
  host: 'db.example.com',
  port: 5432,
  user: 'me',
  password: 'secret',
  database: 'payouts',
  options: '',
  tls: null,
};

describe('an address that is taken', () => {
  test.for<[string, Partial<typeof PLAIN>]>([
    ['postgres://me:secret@db.example.com/payouts', {}],
    ['postgresql://me:secret@db.example.com:5432/payouts', {}],
    ['POSTGRES://me:secret@db.example.com/payouts', {}],
    ['postgres://me:secret@db.example.com:/payouts', {}],
    ['  postgres://me:secret@db.example.com/payouts', {}],
    ['postgres://me:secret@db.example.com/payouts \r\n', {}],
    ['postgres://me:secret@db.example.com:1/payouts', { port: 1 }],
    ['postgres://me:secret@db.example.com:65535/payouts', { port: 65_535 }],
    ['postgres://me@db.example.com/payouts', { password: '' }],
    ['postgres://me:secret@db.example.com', { database: 'me' }],
    ['postgres://me:secret@db.example.com/', { database: 'me' }],
    ['postgres://me:secret@[::1]:6000/payouts', { host: '::1', port: 6000 }],
    ['postgres://me:secret@[2001:db8::2]/payouts', { host: '2001:db8::2' }],
    ['postgres://me:secret@10.0.0.1/payouts', { host: '10.0.0.1' }],
    ['postgres://me:secret@my_db-1/payouts', { host: 'my_db-1' }],
    ['postgres://me:a%23b%2Fc%3Fd%40e%25f@db.example.com/payouts', { password: 'a#b/c?d@e%f' }],
    ['postgres://me:a:b@c&d+e=f!@db.example.com/payouts', { password: 'a:b@c&d+e=f!' }],
    [
      'postgres://m%40e:s%C3%A9cret@db.example.com/p%20q',
      { user: 'm@e', password: 'sécret', database: 'p q' },
    ],
    ['postgres://me:secret@%2Fvar%2Frun/payouts', { host: '/var/run' }],
    ['postgres://me:secret@/payouts?host=/var/run', { host: '/var/run' }],
    ['postgres://me:secret@127.0.0.1:7000/payouts?host=/var/run', { host: '/var/run', port: 7000 }],
    [
      'postgres://me:secret@db.example.com/payouts?options=-c%20search_path%3Dpay',
      { options: '-c search_path=pay' },
    ],
  ])('%s', ([text, parts]) => {
    expect(read(text)).toEqual({ ...PLAIN, ...parts });
  });
});

describe('an address that is refused, by the part', () => {
  test.for([
    ['postgres://me:sec#ret@db/payouts', 'has # in the user name or password: write %23'],
    ['postgres://me:sec/ret@db/payouts', 'has / in the user name or password: write %2F'],
    ['postgres://me:sec?ret@db/payouts', 'has ? in the user name or password: write %3F'],
    ['postgres://me:se@c/ret@db/payouts', 'has / in the user name or password: write %2F'],
    ['postgres://me:sec%ret@db/payouts', 'has % in the password'],
    ['postgres://me:100%@db/payouts', 'write %25'],
    ['postgres://me:sec ret@db/payouts', 'white space in it: write %20'],
    ['postgres://me:sec\nret@db/payouts', 'white space'],
    ['postgres://me:secret@db:0/payouts', 'a port that is no number from 1 to 65535'],
    ['postgres://me:secret@db:65536/payouts', 'a port that is no number from 1 to 65535'],
    ['postgres://me:secret@db:99999/payouts', 'a port that is no number from 1 to 65535'],
    ['postgres://me:secret@db:54x/payouts', 'a port that is no number from 1 to 65535'],
    ['postgres://me:secret@db1,db2/payouts', 'several hosts: write one'],
    ['postgres://me:secret@db1:5432,db2:5433/payouts', 'several hosts: write one'],
    ['postgres://me:secret@/payouts?host=db1,db2', 'several hosts in host'],
    ['postgres://me:secret@/payouts?host=db1', 'host, which is for the folder of a socket'],
    ['postgres://me:secret@::1/payouts', 'write an IPv6 address in brackets'],
    ['postgres://me:secret@[db]/payouts', 'brackets around a host that is no IPv6 address'],
    ['postgres://me:secret@/payouts', 'names no host'],
    ['postgres://db/payouts', 'names no user'],
    ['postgres://:secret@db/payouts', 'names no user'],
    ['postgres://me:secret@db/payouts#now', 'has # after the host'],
    ['"postgres://me:secret@db/payouts"', 'in quotes'],
    ['mysql://me:secret@db/payouts', 'must begin with postgres://'],
    ['jdbc:postgresql://db/payouts?user=me', 'must begin with postgres://'],
    ['host=db user=me password=secret', 'must begin with postgres://'],
    ['postgresql+asyncpg://me:secret@db/payouts', 'must begin with postgres://'],
    [
      'postgres://me:secret@db/payouts?target_session_attrs=read-write',
      'target_session_attrs: leave it out',
    ],
    [
      'postgres://me:secret@db/payouts?application_name=payout-service',
      'application_name: leave it out',
    ],
    ['postgres://me:secret@db/payouts?statement_timeout=0', 'statement_timeout: leave it out'],
    ['postgres://me:secret@db/payouts?lock_timeout=0', 'lock_timeout: leave it out'],
    ['postgres://me:secret@db/payouts?connect_timeout=10', 'connect_timeout: leave it out'],
    ['postgres://me:secret@db/payouts?replication=database', 'replication: leave it out'],
    ['postgres://db/payouts?user=me', 'names no user'],
    ['postgres://me:secret@db/payouts?password=other', 'password: write it before the ?'],
    ['postgres://me:secret@db/payouts?ssl=true', 'ssl: write sslmode=verify-full'],
    ['postgres://me:secret@db/payouts?sec-ret=1', 'a parameter that is not known'],
    ['postgres://me:secret@db/payouts?__proto__=1', 'the parameter __proto__: leave it out'],
  ])('%s', ([text = '', expected = '']) => {
    const problem = problemOf(text);
    expect(problem).toContain(expected);
    expect(problem).not.toMatch(/sec.?ret|other|99999|65536/);
  });
});

describe('sslmode', () => {
  const tlsOf = (query: string) => read(`postgres://me:secret@db/payouts?${query}`).tls;
  const tls = { verifies: 'name', authorityFile: null, own: null };

  test.for([
    ['sslmode=disable', null],
    ['sslmode=require', { ...tls, verifies: 'nothing' }],
    ['sslmode=no-verify', { ...tls, verifies: 'nothing' }],
    ['sslmode=verify-full', tls],
    ['sslmode=verify-full&sslrootcert=/ca.pem', { ...tls, authorityFile: '/ca.pem' }],
    ['sslmode=verify-full&sslrootcert=system', tls],
    [
      'sslmode=verify-ca&sslrootcert=/ca.pem',
      { ...tls, verifies: 'authority', authorityFile: '/ca.pem' },
    ],
    [
      'sslmode=require&sslrootcert=/ca.pem',
      { ...tls, verifies: 'authority', authorityFile: '/ca.pem' },
    ],
    ['sslmode=require&sslrootcert=system', tls],
    [
      'sslmode=verify-full&sslcert=/c.pem&sslkey=/k.pem',
      { ...tls, own: { certificateFile: '/c.pem', keyFile: '/k.pem' } },
    ],
  ] as const)('%s is taken', ([query, expected]) => {
    expect(tlsOf(query)).toEqual(expected);
  });

  test('is of no account on a socket, which PostgreSQL never encrypts', () => {
    expect(tlsOf('host=/var/run&sslmode=verify-full')).toBeNull();
  });

  test.for([
    ['sslmode=prefer', 'sslmode=prefer, which may send everything in clear: write verify-full'],
    ['sslmode=allow', 'sslmode=allow, which may send everything in clear: write verify-full'],
    ['sslmode=bogus', 'an sslmode that is not known: write verify-full'],
    ['sslmode=', 'an sslmode that is not known'],
    ['sslmode=constructor', 'an sslmode that is not known'],
    ['sslmode=VERIFY-FULL', 'an sslmode that is not known'],
    ['sslmode=disable&sslmode=verify-full', 'sslmode twice'],
    ['sslmode=verify-ca', 'verify-ca without sslrootcert'],
    ['sslrootcert=/ca.pem', 'files of TLS without sslmode'],
    ['sslmode=verify-full&sslcert=/c.pem', 'only one of sslcert and sslkey'],
  ])('%s is refused', ([query = '', expected = '']) => {
    expect(problemOf(`postgres://me:secret@db/payouts?${query}`)).toContain(expected);
  });
});
