import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config/config.ts';
import { mayCashierRelease } from '../src/lib/api-key.ts';
import { complete, configOf, load, PRIVATE_KEY, pemOf, problemsOf } from './config/environment.ts';

describe('a complete environment', () => {
  it('becomes a configuration with the documented defaults', () => {
    const { config, warnings } = configOf();
    expect(warnings).toEqual([]);
    expect(config.http).toEqual({
      host: '0.0.0.0',
      port: 8080,
      metricsPort: null,
      publicBaseUrl: 'https://pay.example.com',
      trustedProxies: [],
      shutdownDelayMs: 5000,
      waitMaxS: 50,
      keepAliveMs: 72_000,
    });
    expect(config.database).toEqual({
      migrateOnStart: true,
      server: { kind: 'embedded', dataDir: './data' },
    });
    expect(config.gateway).toMatchObject({
      baseUrl: 'https://sandbox.payneteasy.com/paynet',
      endpoint: { name: 'default', kind: 'endpoint', id: '1234' },
      accept: 'form',
      loginInCheck: false,
      maxInFlight: 50,
      maxPerSecond: 200,
    });
    expect(config.policy).toEqual({
      payRepeat: false,
      repeatQuietMs: 600_000,
      checkQuietMs: 60_000,
      orderNotFoundCodes: [],
      errorMeansDeclined: false,
      pollMinMs: 3_000,
      pollMaxMs: 5_000,
    });
    expect(config.installation).toEqual({ name: 'main' });
    expect(config.gateway.controlKey.reveal()).toBe('canary-control-key');
    expect(config.dataKeys[0].key.reveal()).toEqual(Buffer.alloc(32, 7));
    expect(config.rowKeys.map(({ id, key }) => [id, key.reveal()])).toEqual([
      ['r1', Buffer.alloc(32, 8)],
    ]);
    expect(config.notify).toEqual({
      platform: { kind: 'unset' },
      letters: ['A', 'P', 'Y', 'J', 'C'],
    });
    expect(config.cashier).toEqual({
      basicAuth: null,
      allowedIps: [],
      allowUnauthenticated: false,
      formBodies: false,
    });
    expect(config.limits.authorizationExpiryHours).toBe(720);
    expect(config.log.level).toBe('info');
  });

  it('distinguishes a platform that is switched off from one that is not set', () => {
    const kindOf = (text: string) =>
      configOf({ PRAXIS_NOTIFY_URL: text }).config.notify.platform.kind;
    expect(['none', '', 'https://platform.example.com'].map(kindOf)).toEqual([
      'none',
      'unset',
      'address',
    ]);
  });

  it('is frozen all the way down', () => {
    const { config } = configOf();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.gateway.endpoint)).toBe(true);
    expect(Object.isFrozen(config.apiKeys[0]?.scopes)).toBe(true);
  });

  it('shows no secret when it is printed', () => {
    const { config } = configOf({
      DATABASE_URL: 'postgres://me:canary-password@db/payouts',
      PRAXIS_BASIC_AUTH: 'cashier:canary-basic',
    });
    const printed = [JSON.stringify(config), inspect(config, { depth: 10, showHidden: true })];
    for (const text of printed) {
      expect(text).toContain('[secret]');
      expect(text).not.toContain('canary');
      expect(text).not.toContain('BEGIN PRIVATE KEY');
    }
  });

  it('takes an empty variable for an unset one', () => {
    expect(configOf({ PORT: '', PAYNETEASY_ENDPOINT_GROUP_ID: '' }).config.http.port).toBe(8080);
  });

  it('reads everything the platform and the cashier need', () => {
    const first = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    const second = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
    const { config } = configOf({
      PRAXIS_NOTIFY_URL: 'https://platform.example.com/UpdatePayout?site=1',
      PRAXIS_NOTIFY_STATUSES: 'Y, J',
      PRAXIS_NOTIFY_SECRET: `${first} ${second}`,
      PRAXIS_NOTIFY_AUTHORIZATION: 'Basic abc',
      PRAXIS_ALLOWED_IPS: '10.0.0.0/8, ::1',
      PAYNETEASY_ORDER_NOT_FOUND_CODES: '5,17',
    });
    const { platform, letters } = config.notify;
    expect(platform).toMatchObject({
      kind: 'address',
      url: 'https://platform.example.com/UpdatePayout?site=1',
    });
    expect(letters).toEqual(['Y', 'J']);
    if (platform.kind !== 'address') throw new Error('no address');
    expect(platform.secrets.map((secret) => secret.reveal())).toEqual([first, second]);
    expect(platform.authorization?.reveal()).toBe('Basic abc');
    expect(config.cashier.allowedIps).toEqual(['10.0.0.0/8', '::1']);
    expect(config.policy.orderNotFoundCodes).toEqual(['5', '17']);
  });
});

describe('problems', () => {
  it('are all reported at the same time, each by the name of its variable', () => {
    const loaded = loadConfig({ PORT: 'http', LOG_LEVEL: 'loud' }, () => '');
    expect(loaded.kind === 'problems' && loaded.problems).toEqual([
      'PORT: must be a whole number from 1 to 65535',
      'PUBLIC_BASE_URL: is required',
      'PAYNETEASY_BASE_URL: is required',
      'PAYNETEASY_LOGIN: is required',
      'PAYNETEASY_CONTROL_KEY: is required',
      'PAYNETEASY_PRIVATE_KEY: is required',
      'API_KEYS: is required',
      'DATA_KEYS: is required',
      'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace',
      'PAYNETEASY_ENDPOINT_ID, PAYNETEASY_ENDPOINT_GROUP_ID: one of them is required',
    ]);
  });

  it('never repeat what a secret holds', () => {
    const canary = 'canary"{';
    const problems = problemsOf({
      DATABASE_URL: canary,
      PAYNETEASY_CONTROL_KEY: `${canary} with space`,
      PAYNETEASY_PRIVATE_KEY: canary,
      API_KEYS: '[{"name":"canary',
      DATA_KEYS: canary,
      PRAXIS_NOTIFY_SECRET: canary,
      PRAXIS_NOTIFY_AUTHORIZATION: `${canary}\n`,
      PRAXIS_BASIC_AUTH: canary,
    });
    expect(problems).toHaveLength(8);
    expect(problems.join('\n')).not.toContain('canary');
  });

  it.each([
    ['PORT', '0', 'whole number'],
    ['PORT', '65536', 'whole number'],
    ['PORT', '80.5', 'whole number'],
    ['PORT', '1e3', 'whole number'],
    ['MIGRATE_ON_START', 'yes', 'true or false'],
    ['PAYNETEASY_ENDPOINT_ID', 'abc', 'digits'],
    ['PAYNETEASY_ACCEPT', 'xml', 'form or json'],
    ['PAYNETEASY_BASE_URL', 'gate.payneteasy.com', 'http or https'],
    ['PAYNETEASY_BASE_URL', 'https://gate.example.com/p?x=1', 'without a query'],
    ['PAYNETEASY_BASE_URL', 'https://me:pw@sandbox.example.com/p', 'credentials'],
    ['PAYNETEASY_BASE_URL', 'http://sandbox.payneteasy.com/paynet', 'must be https'],
    ['PAYNETEASY_ORDER_NOT_FOUND_CODES', 'none', 'whole numbers'],
    ['PAYNETEASY_MAX_IN_FLIGHT', '0', 'whole number'],
    ['PAYNETEASY_MAX_PER_SECOND', '10001', 'whole number'],
    ['PAYNETEASY_POLL_MIN_MS', '99', 'from 100'],
    ['PAYNETEASY_POLL_MIN_MS', '5001', 'greater than PAYNETEASY_POLL_MAX_MS'],
    ['REPEAT_QUIET_MS', '999', 'from 1000'],
    ['CHECK_QUIET_MS', '999', 'from 1000'],
    ['INSTALLATION_NAME', 'Main', '1 to 64 lower-case letters'],
    ['INSTALLATION_NAME', 'a'.repeat(65), '1 to 64 lower-case letters'],
    ['AUTHORIZATION_EXPIRY_HOURS', '8761', 'from 1 to 8760'],
    ['TRUSTED_PROXIES', '10.0.0.0/33', 'networks'],
    ['PRAXIS_ALLOWED_IPS', 'localhost', 'networks'],
    ['PRAXIS_NOTIFY_STATUSES', 'A,X', 'A, P, Y, J, C'],
    ['PRAXIS_NOTIFY_URL', 'ftp://platform.example.com', 'http or https'],
    ['PRAXIS_NOTIFY_URL', 'None', 'credentials, or none'],
    ['PRAXIS_NOTIFY_SECRET', 'whsec_c2hvcnQ=', '24-64 bytes'],
    ['PRAXIS_BASIC_AUTH', 'nobody', 'user:password'],
    ['DATABASE_URL', 'mysql://db/payouts', 'postgres'],
    ['DATA_KEYS', 'k1:c2hvcnQ=', '32 bytes'],
    ['METRICS_PORT', '65536', 'whole number'],
    ['METRICS_PORT', '8080', 'another port than PORT'],
    ['PUBLIC_BASE_URL', 'https://pay.example.com//evil.example/pay', 'no // in its path'],
    ['PUBLIC_BASE_URL', `https://${'a'.repeat(60)}.example.com/${'b'.repeat(20)}`, 'at most 79'],
  ])('%s=%s is refused', (name, value, expected) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name}: `);
    expect(problems[0]).toContain(expected);
  });

  it('report when both kinds of endpoint are named', () => {
    expect(problemsOf({ PAYNETEASY_ENDPOINT_GROUP_ID: '9' })).toEqual([
      'PAYNETEASY_ENDPOINT_ID, PAYNETEASY_ENDPOINT_GROUP_ID: both are set; set only one of them',
    ]);
  });
});

describe('the endpoint group', () => {
  it('stands in for the endpoint', () => {
    const { config } = configOf({
      PAYNETEASY_ENDPOINT_ID: undefined,
      PAYNETEASY_ENDPOINT_GROUP_ID: '77',
    });
    expect(config.gateway.endpoint).toEqual({ name: 'default', kind: 'group', id: '77' });
  });
});

describe('what depends on the host of the gateway', () => {
  it('refuses the embedded PostgreSQL with a production gateway', () => {
    const PAYNETEASY_BASE_URL = 'https://gate.payneteasy.com/paynet';
    expect(problemsOf({ PAYNETEASY_BASE_URL })).toEqual([
      expect.stringMatching(/^DATABASE_URL: is required/),
    ]);
    const DATABASE_URL = 'postgres://me@db/payouts';
    expect(problemsOf({ PAYNETEASY_BASE_URL, DATABASE_URL })).toEqual([]);
  });

  it.each([
    'http://127.0.0.1:9000/paynet',
    'http://[::1]:9000/paynet',
    'http://localhost/paynet',
    'http://simulator:9000/paynet',
    'http://10.1.2.3/paynet',
    'https://sandbox.payneteasy.eu/paynet',
  ])('takes %s without DATABASE_URL', (PAYNETEASY_BASE_URL) => {
    expect(problemsOf({ PAYNETEASY_BASE_URL })).toEqual([]);
  });

  it.each([
    ['http://localhost:9000/paynet', true],
    ['https://sandbox.payneteasy.com/paynet', true],
    ['http://10.1.2.3/paynet', false],
    ['https://gate.payneteasy.com/paynet', false],
  ])('a short quiet period towards %s: %s', (PAYNETEASY_BASE_URL, allowed) => {
    const DATABASE_URL = 'postgres://me@db/payouts';
    const problems = problemsOf({ PAYNETEASY_BASE_URL, DATABASE_URL, REPEAT_QUIET_MS: '1000' });
    expect(problems).toEqual(
      allowed ? [] : ['REPEAT_QUIET_MS: must be at least 600000 with this gateway'],
    );
    const shortCheck = { PAYNETEASY_BASE_URL, DATABASE_URL, CHECK_QUIET_MS: '34999' };
    expect(problemsOf(shortCheck)).toEqual(
      allowed ? [] : ['CHECK_QUIET_MS: must be at least 35000 with this gateway'],
    );
    expect(problemsOf({ ...shortCheck, CHECK_QUIET_MS: '35000' })).toEqual([]);
  });

  it.each([
    ['http://localhost:9000/paynet', true],
    ['https://sandbox.payneteasy.com/paynet', true],
    ['http://10.1.2.3/paynet', false],
    ['http://simulator:9000/paynet', false],
    ['https://gate.payneteasy.com/paynet', false],
  ])('an installation without a name towards %s: %s', (PAYNETEASY_BASE_URL, allowed) => {
    const DATABASE_URL = 'postgres://me@db/payouts';
    const unnamed = { PAYNETEASY_BASE_URL, DATABASE_URL, INSTALLATION_NAME: undefined };
    expect(problemsOf(unnamed)).toEqual(
      allowed ? [] : ['INSTALLATION_NAME: is required with this gateway'],
    );
    if (allowed) expect(configOf(unnamed).config.installation).toEqual({ name: 'sandbox' });
  });
});

describe('the private key', () => {
  it('is read with line ends written as \\n', () => {
    const { config } = configOf({ PAYNETEASY_PRIVATE_KEY: PRIVATE_KEY.replaceAll('\n', '\\n') });
    expect(config.gateway.privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  });

  it('has to be long enough', () => {
    expect(problemsOf({ PAYNETEASY_PRIVATE_KEY: pemOf(1024) })).toEqual([
      expect.stringContaining('at least 2048 bits'),
    ]);
  });
});

describe('API keys', () => {
  const key = { name: 'a', sha256: 'b'.repeat(64), scopes: ['operator'] };
  it.each([
    ['an unknown scope', [{ ...key, scopes: ['root'] }], 'API_KEYS[0].scopes[0]: must be one of'],
    ['a short hash', [{ ...key, sha256: 'abc' }], 'API_KEYS[0].sha256: must be 64 hex digits'],
    ['another release', [{ ...key, release: 'automatic' }], 'API_KEYS[0].release: must be'],
    [
      'a release by the cashier that is no boolean',
      [{ ...key, release: 'on_authorization', cashier_may_release: 'yes' }],
      'API_KEYS[0].cashier_may_release: must be true or false',
    ],
    [
      'a release by the cashier of what needs no release',
      [{ ...key, cashier_may_release: true }],
      'API_KEYS[0].cashier_may_release: must be left out unless "release" is "on_authorization"',
    ],
    ['a person without a name', [{ ...key, person: ' ' }], 'API_KEYS[0].person: must be a name'],
    ['a person of two lines', [{ ...key, person: 'a\nb' }], 'API_KEYS[0].person: must be a name'],
    ['a person too long', [{ ...key, person: 'a'.repeat(101) }], 'API_KEYS[0].person: must be a'],
    ['an unknown field', [{ ...key, secret: 'x' }], 'API_KEYS[0]: has an unknown field'],
    ['a name twice', [key, { ...key, sha256: 'c'.repeat(64) }], 'must not use a name twice'],
    ['a key twice', [key, { ...key, name: 'b' }], 'must not hold a key twice'],
    ['no key', [], 'must hold at least one key'],
  ])('with %s are refused', (_what, keys, expected) => {
    expect(problemsOf({ API_KEYS: JSON.stringify(keys) })).toEqual([
      expect.stringContaining(expected),
    ]);
  });

  it('are read with their release and lower-case hashes', () => {
    const entry = { ...key, sha256: 'AB'.repeat(32), release: 'on_authorization' };
    const { config } = configOf({ API_KEYS: JSON.stringify([entry]) });
    expect(config.apiKeys).toEqual([{ ...entry, sha256: 'ab'.repeat(32) }]);
  });

  it('say whose payouts the cashier may release, and a name that is gone does not', () => {
    const held = { ...key, release: 'on_authorization' };
    const keys = [
      { ...key, name: 'free' },
      { ...held, name: 'held', sha256: 'c'.repeat(64) },
      { ...held, name: 'asked', sha256: 'd'.repeat(64), cashier_may_release: false },
      { ...held, name: 'trusted', sha256: 'e'.repeat(64), cashier_may_release: true },
    ];
    const { config } = configOf({ API_KEYS: JSON.stringify(keys) });
    const names = ['free', 'held', 'asked', 'trusted', 'gone'];
    expect(names.filter((name) => mayCashierRelease(config.apiKeys, name))).toEqual([
      'free',
      'trusted',
    ]);
  });
});

describe('the key ring', () => {
  it('keeps its order', () => {
    const ring = ['new', 'old'].map((id) => `${id}:${Buffer.alloc(32, id).toString('base64')}`);
    const { config } = configOf({ DATA_KEYS: ring.join(' ') });
    expect(config.dataKeys.map(({ id }) => id)).toEqual(['new', 'old']);
  });

  it('of rows is optional, in a file or not, and its absence is a warning', () => {
    const ring = ['new', 'old'].map((id) => `${id}:${Buffer.alloc(32, id).toString('base64')}`);
    const ROW_KEY_FILE = '/run/secrets/row_key';
    const read = configOf({ ROW_KEY: undefined, ROW_KEY_FILE }, { [ROW_KEY_FILE]: ring.join(' ') });
    expect(read.config.rowKeys.map(({ id }) => id)).toEqual(['new', 'old']);
    const { config, warnings } = configOf({ ROW_KEY: undefined });
    expect(config.rowKeys).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^ROW_KEY: is not set: /)]);
    expect(problemsOf({ ROW_KEY: 'k1:short' })).toEqual([
      expect.stringMatching(/^ROW_KEY: must be 1 to 20 keys, each id:base64 of 32 bytes/),
    ]);
  });

  it('takes no id twice', () => {
    const entry = complete['DATA_KEYS'] ?? '';
    expect(problemsOf({ DATA_KEYS: `${entry} ${entry}` })).toEqual([
      'DATA_KEYS: must not use an id twice',
    ]);
  });
});

describe('a secret in a file', () => {
  const PAYNETEASY_CONTROL_KEY_FILE = '/run/secrets/control';
  const unset = { PAYNETEASY_CONTROL_KEY: undefined, PAYNETEASY_CONTROL_KEY_FILE };

  it('is read without its trailing line end', () => {
    const { config } = configOf(unset, { '/run/secrets/control': 'from-file\n' });
    expect(config.gateway.controlKey.reveal()).toBe('from-file');
  });

  it('must not be set next to the variable', () => {
    expect(problemsOf({ PAYNETEASY_CONTROL_KEY_FILE }, { '/run/secrets/control': 'x' })).toEqual([
      'PAYNETEASY_CONTROL_KEY: is set together with PAYNETEASY_CONTROL_KEY_FILE; set only one',
    ]);
  });

  it('has to be readable and not empty', () => {
    expect(problemsOf(unset)).toEqual(['PAYNETEASY_CONTROL_KEY_FILE: cannot be read (ENOENT)']);
    expect(problemsOf(unset, { '/run/secrets/control': '\n' })).toEqual([
      'PAYNETEASY_CONTROL_KEY_FILE: is empty',
    ]);
  });
});

describe('warnings', () => {
  const warningsOf = (changes: Record<string, string>): string[] => {
    const loaded = load(changes);
    return loaded.kind === 'config' ? loaded.warnings : ['not loaded'];
  };

  it('name variables that look misspelt', () => {
    expect(
      warningsOf({
        PAYNETEASY_LOGINN: 'x',
        PRAXIS_NOTIFY: 'x',
        PAYNETEASY_LOGIN_FILE: '/x',
        FOO: '1',
      }),
    ).toEqual([
      expect.stringMatching(/^PAYNETEASY_LOGINN: /),
      expect.stringMatching(/^PAYNETEASY_LOGIN_FILE: /),
      expect.stringMatching(/^PRAXIS_NOTIFY: /),
    ]);
  });

  it.each([
    ['https://pay.example.com:8443', 0],
    ['http://pay.example.com:8080', 0],
    ['http://pay.example.com', 0],
    ['https://pay.example.com:9000', 1],
    ['http://pay.example.com:3000', 1],
  ])('%s gives %i about its port', (PUBLIC_BASE_URL, count) => {
    const warnings = warningsOf({ PUBLIC_BASE_URL });
    expect(warnings.filter((text) => text.startsWith('PUBLIC_BASE_URL: '))).toHaveLength(count);
  });

  it('mention no signature where no platform is notified', () => {
    expect(warningsOf({ PRAXIS_NOTIFY_URL: 'none' })).toEqual([]);
  });

  it('warn of unsigned notifications and of guards that are switched off', () => {
    expect(
      warningsOf({
        PRAXIS_NOTIFY_URL: 'https://platform.example.com/',
        PRAXIS_ALLOW_UNAUTHENTICATED: 'true',
        PRAXIS_BASIC_AUTH: 'a:b',
      }),
    ).toEqual([
      expect.stringMatching(/^PRAXIS_NOTIFY_SECRET: /),
      expect.stringMatching(
        /^PRAXIS_ALLOW_UNAUTHENTICATED: .* every client .* can hold, release and stop/,
      ),
      expect.stringMatching(/^PRAXIS_ALLOW_UNAUTHENTICATED: .* are not required$/),
    ]);
  });

  it('warn that every client can hold payouts where no authentication is required', () => {
    expect(warningsOf({ PRAXIS_ALLOW_UNAUTHENTICATED: 'true' })).toEqual([
      expect.stringMatching(
        /^PRAXIS_ALLOW_UNAUTHENTICATED: .* every client .* can hold, release and stop/,
      ),
    ]);
  });
});

describe('a proxy that the machine names', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'])(
    'by %s is said not to be used',
    (name) => {
      const { warnings } = configOf({ [name]: 'http://user:canary@proxy.internal:3128' });
      expect(warnings).toEqual([`${name}: is not used; gateway and platform are called directly`]);
    },
  );

  it('by an empty variable is none', () => {
    expect(configOf({ HTTPS_PROXY: '' }).warnings).toEqual([]);
  });
});
