import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { preferredWaitSeconds } from '../../src/http/request-headers.ts';

const read = (prefer?: string | string[]) =>
  preferredWaitSeconds({ headers: { prefer } } as unknown as FastifyRequest);

describe('Prefer: wait', () => {
  it.each([
    ['wait=10', 10],
    ['WAIT = "10"', 10],
    ['respond-async, wait=10; unit=seconds', 10],
    ['wait=10, wait=20', 10],
    ['wait=61', 60],
    ['wait=999999999', 60],
    ['wait=0', 0],
    ['wait', 0],
    ['wait=-1', 0],
    ['wait=1.5', 0],
    ['wait=ten', 0],
    ['respond-async; wait=10', 0],
    ['', 0],
  ])('%s is a wait of %d s', (header, seconds) => {
    expect(read(header)).toBe(seconds);
  });

  it('may come in several headers, or not at all', () => {
    expect(read(['respond-async', 'wait=5'])).toBe(5);
    expect(read()).toBe(0);
  });
});
