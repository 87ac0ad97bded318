import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createSecret } from '../../src/lib/secret.ts';

describe('a secret', () => {
  const secret = createSecret('canary');

  it('gives its value when asked for it', () => {
    expect(secret.reveal()).toBe('canary');
  });

  it('prints as [secret] wherever it is printed', () => {
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
    expect(String(secret)).toBe('[secret]');
    expect(inspect({ secret }, { showHidden: true, depth: 9 })).toBe('{ secret: [secret] }');
    expect(format('%s %o %j', secret, secret, secret)).not.toContain('canary');
  });
});
