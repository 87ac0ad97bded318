/**
 * Whose request it is: what proxies that are trusted say in the forms in which they say it, and
 * never what a client wrote in front of it.
 */

import { describe, expect, it } from 'vitest';
import { clientAddressOf, createNetworks } from '../../../src/http/plugins/client-address.ts';

const isTrusted = createNetworks(['10.0.0.0/8', 'fd00::/8', '2001:db8:ffff::1']);
const PROXY = '10.0.0.1';

const behind = (headers: Record<string, string>, peer = PROXY) =>
  clientAddressOf(peer, headers, isTrusted);

describe('X-Forwarded-For of a trusted proxy', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:51234', '203.0.113.9'],
    ['  203.0.113.9  ', '203.0.113.9'],
    ['"203.0.113.9"', '203.0.113.9'],
    ['"203.0.113.9:443"', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['"[2001:db8::7]:443"', '2001:db8::7'],
    ['203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['203.0.113.9,10.0.0.2:4711', '203.0.113.9'],
    ['203.0.113.9:1 , "10.0.0.2:4711" , [fd00::5]:443', '203.0.113.9'],
    ['203.0.113.9, ::ffff:10.0.0.2', '203.0.113.9'],
    [', 203.0.113.9, ', '203.0.113.9'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ])('%s is %s', (header, address) => {
    expect(behind({ 'x-forwarded-for': header })).toBe(address);
  });

  it.each([
    ['6.6.6.6, 203.0.113.9', '203.0.113.9'],
    ['6.6.6.6, 203.0.113.9:8080, 10.0.0.2:4711', '203.0.113.9'],
    ['10.0.0.7, 203.0.113.9', '203.0.113.9'],
    ['"10.0.0.7", "203.0.113.9"', '203.0.113.9'],
    ['6.6.6.6" , "203.0.113.9', 'unknown'],
    ['6.6.6.6, nonsense', 'unknown'],
    ['6.6.6.6, unknown, 10.0.0.2', 'unknown'],
    ['203.0.113.9:x', 'unknown'],
    ['203.0.113.9:123456', 'unknown'],
    [`${'6.6.6.6, '.repeat(200)}203.0.113.9`, 'unknown'],
  ])('%s is %s: nothing that a client wrote in front is believed', (header, address) => {
    expect(behind({ 'x-forwarded-for': header })).toBe(address);
  });
});

describe('Forwarded of a trusted proxy', () => {
  it.each([
    ['for=203.0.113.9', '203.0.113.9'],
    ['For="203.0.113.9:4711";proto=https', '203.0.113.9'],
    ['proto=https; for = "[2001:db8::7]:4711" ;by=10.0.0.1', '2001:db8::7'],
    ['for=203.0.113.9, for=10.0.0.2', '203.0.113.9'],
    ['for=203.0.113.9;host="a,b;for=6.6.6.6", for=10.0.0.2', '203.0.113.9'],
    ['for=6.6.6.6, for=203.0.113.9', '203.0.113.9'],
    ['for=203.0.113.9, for=_hidden', 'unknown'],
    ['for=203.0.113.9, proto=https', 'unknown'],
    ['for=203.0.113.9, for=6.6.6.6;for=10.0.0.2', 'unknown'],
    ['for="6.6.6.6, for=203.0.113.9', 'unknown'],
    [`for=${'6'.repeat(2000)}, for=203.0.113.9`, 'unknown'],
  ])('%s is %s', (header, address) => {
    expect(behind({ forwarded: header })).toBe(address);
  });
});

describe('both headers', () => {
  it('are believed where they name one client', () => {
    const headers = { 'x-forwarded-for': '203.0.113.9:1', forwarded: 'for="203.0.113.9:2"' };
    expect(behind(headers)).toBe('203.0.113.9');
  });

  it('leave the client unknown where they differ: one of them is the client’s own', () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=6.6.6.6' };
    expect(behind(headers)).toBe('unknown');
  });
});

describe('without a trusted proxy', () => {
  it.each(['203.0.113.1', '::ffff:203.0.113.1'])('%s is the client, whatever it says', (peer) => {
    const headers = { 'x-forwarded-for': '10.1.2.3', forwarded: 'for=10.1.2.3' };
    expect(behind(headers, peer)).toBe('203.0.113.1');
  });

  it('nobody is known once the connection is gone', () => {
    expect(clientAddressOf(undefined, {}, isTrusted)).toBe('unknown');
  });

  it('a proxy on a listener for both families is trusted by its IPv4 address', () => {
    expect(behind({ 'x-forwarded-for': '203.0.113.9' }, '::ffff:10.0.0.1')).toBe('203.0.113.9');
  });
});
