import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeWebhookSecret } from '../../src/lib/key-text.ts';
import { signWebhook } from '../../src/praxis/webhook-signature.ts';

/** The example of the Standard Webhooks specification. */
const example = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestampS: 1_614_265_330,
  body: '{"test": 2432232314}',
  secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
};
const exampleSignature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const otherSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('the webhook signature', () => {
  // The independent verifier refuses timestamps more than five minutes from its clock.
  beforeEach(() => {
    vi.useFakeTimers({ now: example.timestampS * 1000, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is the one of the specification', () => {
    expect(signWebhook(example)).toEqual({
      'webhook-id': example.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': exampleSignature,
    });
  });

  it('is accepted by an independent verifier, and not for another body', () => {
    const headers = signWebhook(example);
    const verifier = new Webhook(example.secrets[0] ?? '');
    expect(verifier.verify(example.body, headers)).toEqual({ test: 2432232314 });
    expect(() => verifier.verify(`${example.body} `, headers)).toThrow('No matching signature');
  });

  it('is made with every secret, so that either verifies while they are exchanged', () => {
    const secrets = [otherSecret, ...example.secrets];
    const headers = signWebhook({ ...example, secrets });
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
    expect(headers['webhook-signature']).toContain(` ${exampleSignature}`);
    for (const secret of secrets) {
      expect(new Webhook(secret).verify(example.body, headers)).toEqual({ test: 2432232314 });
    }
    const foreign = new Webhook(Buffer.alloc(24, 1).toString('base64'));
    expect(() => foreign.verify(example.body, headers)).toThrow('No matching signature');
  });

  it('is the same for a secret without its padding', () => {
    const bare = otherSecret.replace(/=+$/, '');
    expect(bare).not.toBe(otherSecret);
    expect(signWebhook({ ...example, secrets: [bare] })).toEqual(
      signWebhook({ ...example, secrets: [otherSecret] }),
    );
  });

  it('is accepted by an independent verifier for any text', () => {
    const key = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(key, fc.uuid(), fc.string({ unit: 'grapheme' }), (bytes, id, text) => {
        const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
        const body = JSON.stringify({ text });
        const { timestampS } = example;
        const headers = signWebhook({ id, timestampS, body, secrets: [secret] });
        expect(new Webhook(secret).verify(body, headers)).toEqual({ text });
      }),
    );
  });

  it.each([
    ['without its prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['with another prefix', 'whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['that is empty', 'whsec_'],
    ['with a letter too few', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS'],
    ['with a space', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS '],
    ['of 23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['of 65 bytes', `whsec_${Buffer.alloc(65).toString('base64')}`],
  ])('takes no secret %s', (_what, secret) => {
    expect(decodeWebhookSecret(secret)).toBeNull();
    expect(() => signWebhook({ ...example, secrets: [secret] })).toThrow('whsec_ and base64');
  });

  it('is never left out for want of a secret, nor made for a broken second', () => {
    expect(() => signWebhook({ ...example, secrets: [] })).toThrow('at least one secret');
    expect(() => signWebhook({ ...example, timestampS: 1.5 })).toThrow('whole seconds');
  });
});
