import { describe, expect, it } from 'vitest';
import { makeKey } from '../../src/cli/keygen.ts';
import { loadConfig } from '../../src/config/config.ts';
import { sandboxEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import { sandboxSecrets } from '../../src/dev/sandbox/secrets.ts';
import { hashApiKey } from '../../src/lib/api-key.ts';
import { makeServerFolder, removeServerFolder } from '../support/server-folder.ts';

describe('npm run keygen', () => {
  it('makes a key whose entry holds only its hash', () => {
    const made = makeKey(['--name', 'platform', '--scopes', 'payouts:read,operator']);
    if (made.kind !== 'key') throw new Error(made.problem);
    expect(made.key).toMatch(/^payout_[\w-]{43}$/);
    expect(made.entry).toEqual({
      name: 'platform',
      sha256: hashApiKey(made.key),
      scopes: ['payouts:read', 'operator'],
    });
    expect(makeKey(['--name', 'platform'])).not.toMatchObject({ key: made.key });
  });

  it('makes entries that the configuration takes', async () => {
    const made = makeKey(['--name', 'shop', '--release', 'on_authorization', '--person', 'Ада']);
    if (made.kind !== 'key') throw new Error(made.problem);
    const folder = await makeServerFolder();
    const secrets = sandboxSecrets(folder);
    const environment = {
      ...sandboxEnvironment(secrets, 'http://127.0.0.1:9', 8080, folder),
      API_KEYS: JSON.stringify([made.entry]),
    };
    await removeServerFolder(folder);
    const loaded = loadConfig(environment, () => '');
    expect(loaded.kind === 'problems' ? loaded.problems : loaded.config.apiKeys).toEqual([
      made.entry,
    ]);
    expect(made.entry.scopes).toEqual(['payouts:read', 'payouts:write']);
    expect(made.entry.person).toBe('Ада');
  });

  it.each([
    [[], '--name is required.'],
    [['--name', 'two words'], '--name must be 1-50 of A-Z a-z 0-9 . _ -'],
    [
      ['--name', 'x', '--scopes', 'payouts:read,everything'],
      '--scopes has unknown scopes: everything.',
    ],
    [['--name', 'x', '--person', ' anna'], '--person must be a name of 1-100 characters.'],
    [['--name', 'x', '--release', 'automatic'], '--release accepts only on_authorization.'],
  ])('%j is refused: %s', (args, problem) => {
    expect(makeKey(args)).toEqual({ kind: 'usage', problem });
  });

  it('refuses what it does not know', () => {
    expect(makeKey(['--nmae', 'x']).kind).toBe('usage');
  });
});
