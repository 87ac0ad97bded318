import { describe, expect, it } from 'vitest';
import { judgeByRules } from '../../../src/http/schema/create-rules.ts';

const rules = { notified: false, endpoints: ['default', 'eur'] };
const notified = { ...rules, notified: true };

describe('the rules of a configuration', () => {
  it('take no endpoint, or a configured one', () => {
    expect(judgeByRules({}, rules)).toEqual([]);
    expect(judgeByRules({ endpoint: 'eur' }, rules)).toEqual([]);
  });

  it('refuse another one and name those there are', () => {
    expect(judgeByRules({ endpoint: 'usd' }, rules)).toEqual([
      { path: ['endpoint'], message: 'must be one of default, eur' },
    ]);
  });

  it('ask for both names of the cashier only where the platform is notified', () => {
    const message = 'is required, because the platform is notified';
    expect(judgeByRules({ cashier: {} }, rules)).toEqual([]);
    expect(judgeByRules({}, notified)).toEqual([
      { path: ['cashier', 'pin'], message },
      { path: ['cashier', 'front_end_name'], message },
    ]);
    expect(judgeByRules({ cashier: { pin: '7', front_end_name: 'EUR' } }, notified)).toEqual([]);
  });
});
