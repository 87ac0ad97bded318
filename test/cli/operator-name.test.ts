/**
 * In whose name a command of `npm run payout` acts where the machine does not know its user, as in
 * a container that runs under a number only.
 */

import { userInfo } from 'node:os';
import { expect, test, vi } from 'vitest';
import { type Input, operatorOf, UsageProblem } from '../../src/cli/payout/command.ts';

vi.mock('node:os', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  userInfo: () => {
    throw Object.assign(new Error('uv_os_get_passwd returned ENOENT'), {
      code: 'ERR_SYSTEM_ERROR',
    });
  },
}));

const given = (options: Input['options']): Pick<Input, 'options'> => ({ options });

test('a user without a name has to give one', () => {
  expect(() => userInfo()).toThrow('ENOENT');
  expect(() => operatorOf(given({}))).toThrow(new UsageProblem('--name is required'));
  expect(operatorOf(given({ name: 'Grace' }))).toEqual({ by: 'Grace', key: 'command line' });
});
