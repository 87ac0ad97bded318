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

  it.each([
    ['2130706433', 'loopback'],
    ['0x7f000001', 'loopback'],
    ['0x7F.1', 'loopback'],
    ['017700000001', 'loopback'],
    ['0177.0.0.1', 'loopback'],
    ['127.1', 'loopback'],
    ['127.0.0.1.', 'loopback'],
    ['２１３０７０６４３３', 'loopback'],
    ['LOCALHOST', 'loopback'],
    ['localhost.', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['[::ffff:7f00:1]', 'loopback'],
    ['167772161', 'private'],
    ['0xa.1', 'private'],
    ['[::ffff:10.0.0.1]', 'private'],
    ['[::ffff:a00:1]', 'private'],
    ['fe80::1%eth0', 'private'],
    ['Gateway.Internal.', 'private'],
    ['134744072', 'public'],
    ['0x08080808', 'public'],
    ['010.8.8.8', 'public'],
    ['0x8.0x8.0x8.0x8', 'public'],
    ['[::ffff:8.8.8.8]', 'public'],
    // No resolver reads these as an address or a name, so they are near to nothing.
    ['4294967296', 'public'],
    ['1.2.3.4.5', 'public'],
    ['0xg', 'private'],
    ['localhost/evil.example.com', 'public'],
    ['user@localhost', 'public'],
    ['', 'public'],
  ])('%s is %s, as it is connected to', (host, kind) => {
    expect(hostKind(host)).toBe(kind);
  });

  it('is judged by the name as URL gives it', () => {
    expect(hostKind(new URL('http://0x7f.1/').hostname)).toBe('loopback');
    expect(hostKind(new URL('http://SANDBOX.payneteasy.com/').hostname)).toBe('sandbox');
  });
});
