import { describe, expect, test } from 'vitest';
import { createEndpointBreaker } from '../../src/runner/endpoint-breaker.ts';

function breakerAt(random = 1) {
  let now = 0;
  const breaker = createEndpointBreaker(
    () => now,
    () => random,
  );
  return { breaker, advance: (ms: number) => (now += ms) };
}

function opened() {
  const made = breakerAt();
  for (let call = 0; call < 3; call += 1) made.breaker.failed(null);
  return made;
}

describe('the breaker of an endpoint', () => {
  test('stays closed for two failures, and opens with the third in a row', () => {
    const { breaker } = breakerAt();
    breaker.failed(null);
    breaker.failed(null);
    expect(breaker.state()).toBe('closed');
    breaker.succeeded();
    breaker.failed(null);
    breaker.failed(null);
    expect(breaker.state()).toBe('closed');
    breaker.failed(null);
    expect(breaker.state()).toBe('open');
  });

  test('opens immediately where the endpoint says how long, and not for hours', () => {
    const { breaker } = breakerAt();
    breaker.failed(86_400_000);
    expect(breaker.state()).toBe('open');
    expect(breaker.openUntil()).toBe(300_000);
  });

  test('probes when its time is over, and closes when that went well', () => {
    const { breaker, advance } = opened();
    advance(breaker.openUntil());
    expect(breaker.state()).toBe('probing');
    breaker.succeeded();
    expect(breaker.state()).toBe('closed');
  });

  test('opens for longer each time the probe fails', () => {
    const { breaker, advance } = opened();
    const first = breaker.openUntil();
    advance(first);
    breaker.failed(null);
    expect(breaker.openUntil() - first).toBeGreaterThan(first);
  });

  test('takes late answers of calls from before it opened as nothing new', () => {
    const { breaker } = opened();
    const until = breaker.openUntil();
    for (let call = 0; call < 50; call += 1) breaker.failed(null);
    expect(breaker.openUntil()).toBe(until);
    breaker.succeeded();
    expect(breaker.state()).toBe('open');
  });
});
