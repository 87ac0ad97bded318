import { describe, expect, it } from 'vitest';
import { hostKind } from '../../src/lib/host-kind.ts';

describe('the kind of a host', () => {
  it.each([
    ['localhost', 'loopback'],
    ['api.localhost', 'loopback'],
    ['127.8.9.1', 'loopback'],
    ['[::1]', 'loopback'],
    ['simulator', 'private'],
    ['gateway.internal', 'private'],
    ['10.0.0.1', 'private'],
    ['172.31.255.1', 'private'],
    ['192.168.1.1', 'private'],
    ['[fd00::1]', 'private'],
    ['sandbox.payneteasy.com', 'sandbox'],
    ['gate.payneteasy.com', 'public'],
    ['notsandbox.payneteasy.com', 'public'],
    ['172.32.0.1', 'public'],
    ['8.8.8.8', 'public'],
    ['[2001:db8::1]', 'public'],
  ])('%s is %s', (host, kind) => {
    expect(hostKind(host)).toBe(kind);
  });

  it('is judged by the name as URL gives it', () => {
    expect(hostKind(new URL('http://0x7f.1/').hostname)).toBe('loopback');
    expect(hostKind(new URL('http://SANDBOX.payneteasy.com/').hostname)).toBe('sandbox');
  });
});
