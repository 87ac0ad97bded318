import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RequestProblem } from '../../../src/flow/api/request-problem.ts';
import { createPayoutBodySchema } from '../../../src/http/schema/create-payout.ts';
import { type CreateRules, checkRules } from '../../../src/http/schema/create-rules.ts';
import { parseInput } from '../../../src/http/validation.ts';

const quiet = { notified: false, endpoints: ['default', 'eur'] };
const notified = { notified: true, endpoints: ['default'] };
const schema = createPayoutBodySchema(quiet);

const minimal = {
  reference: '1526773664',
  amount: '100.50',
  currency: 'EUR',
  receiver: { bank_account: { account_number: 'DE89370400440532' } },
};

const full = {
  ...minimal,
  endpoint: 'eur',
  release: 'on_authorization',
  description: 'Payout of May',
  purpose: 'Winnings',
  receiver: {
    first_name: 'Ada',
    last_name: 'Lovelace',
    email: 'ada@example.com',
    phone: '+44 20 1234',
    ip_address: '2001:db8::1',
    bank_account: { ...minimal.receiver.bank_account, bank_name: 'B', bank_code: '123' },
    card: { number: '4444444444444448', printed_name: 'ADA', expire_month: 12, expire_year: 2030 },
  },
  return_url: 'https://shop.example.com/done?order=1',
  cashier: { pin: '7', front_end_name: 'TEST EUR', site_id: 170, trace_id: '751254' },
  metadata: { any: 'text', empty: '' },
};

/** The problems of a new body, as path: message. */
function problemsOf(body: unknown, rules: CreateRules = quiet): string[] {
  try {
    const parsed = parseInput(createPayoutBodySchema(rules), body);
    return checkRules(parsed, rules).map(({ path, message }) => `${path.join('.')}: ${message}`);
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
    return (error.facts.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('a body', () => {
  it('is taken as it is, small or full', () => {
    expect(schema.parse(minimal)).toEqual(minimal);
    expect(schema.parse(full)).toEqual(full);
  });

  it('loses white space around its texts only', () => {
    const spaced = { ...minimal, reference: ' 15 26 ', metadata: { note: ' kept ' } };
    expect(schema.parse(spaced)).toMatchObject({
      reference: '15 26',
      metadata: { note: ' kept ' },
    });
  });

  it('gets every problem in one answer, also the ones that join fields', () => {
    const body = { amount: '1.234', currency: 'EUR', receiver: { card: {} }, cvv: '123' };
    expect(problemsOf(body, notified)).toEqual([
      'reference: is required',
      'cvv: is not a known field',
      'amount: must have at most 2 decimals in this currency',
      expect.stringMatching(/^receiver: must say where the money goes/),
      'cashier.pin: is required, because the platform is notified',
      'cashier.front_end_name: is required, because the platform is notified',
    ]);
  });

  it('that only this configuration refuses has its shape, so that it may be a repeat', () => {
    const body = { ...minimal, endpoint: 'usd', cashier: { pin: '7' } };
    expect(createPayoutBodySchema(notified).parse(body)).toEqual(body);
    expect(problemsOf(body, notified)).toEqual([
      'endpoint: must be one of default',
      'cashier.front_end_name: is required, because the platform is notified',
    ]);
  });

  it.each([null, [], 'text', 5])('of %j is refused as a whole', (body) => {
    expect(problemsOf(body)).toEqual(['body: must be an object']);
  });
});

describe('the amount', () => {
  it.each([
    ['0', 'EUR', 'must be greater than zero'],
    ['0.00', 'EUR', 'must be greater than zero'],
    ['-5', 'EUR', 'must be a positive decimal number'],
    ['+5', 'EUR', 'must be a positive decimal number'],
    ['1e3', 'EUR', 'must be a positive decimal number'],
    ['1,50', 'EUR', 'must be a positive decimal number'],
    ['.5', 'EUR', 'must be a positive decimal number'],
    [' 5', 'EUR', 'must be a positive decimal number'],
    ['12345678901', 'EUR', 'must be at most 10 characters'],
    ['123456789', 'EUR', 'must have at most 8 digits before its point'],
    ['1.5', 'JPY', 'must have at most 0 decimals'],
    ['1.2345', 'BHD', 'must have at most 3 decimals'],
    [100.5, 'EUR', 'must be text'],
  ])('%j %s is refused: %s', (amount, currency, expected) => {
    const problems = problemsOf({ ...minimal, amount, currency });
    expect(problems).toEqual([expect.stringContaining(`amount: ${expected}`)]);
  });

  it.each([
    ['100', 'JPY'],
    ['1.234', 'BHD'],
    ['0.01', 'EUR'],
    ['1234567', 'EUR'],
    ['9999999.99', 'EUR'],
    ['12345678', 'EUR'],
    ['1234567890', 'JPY'],
    ['12345678.9', 'EUR'],
    ['999999.999', 'BHD'],
    ['9999999999', 'JPY'],
  ])('%s %s is taken', (amount, currency) => {
    expect(problemsOf({ ...minimal, amount, currency })).toEqual([]);
  });

  it.each(['XXZ', 'eur', 'EURO', ''])('is not judged in the unknown currency %j', (currency) => {
    expect(problemsOf({ ...minimal, currency })).toEqual([
      'currency: must be an ISO 4217 code, such as EUR',
    ]);
  });
});

describe('the receiver', () => {
  const withReceiver = (receiver: unknown): string[] => problemsOf({ ...minimal, receiver });

  it.each([
    [{ phone: '+4420' }],
    [{ card: { card_ref_id: '123' } }],
    [{ card: { number: '4444444444444448' } }],
    [{ bank_account: { account_number: '1' } }],
  ])('%j says where the money goes', (receiver) => {
    expect(withReceiver(receiver)).toEqual([]);
  });

  it.each([
    [undefined, 'receiver: is required'],
    [{}, 'receiver: must say where the money goes'],
    [{ first_name: 'Ada', email: 'ada@example.com' }, 'receiver: must say where'],
    [{ bank_account: { bank_name: 'B' } }, 'receiver: must say where'],
    [{ bank_account: { iban: 'x', account_number: '1' } }, 'receiver.bank_account.iban: is not'],
    [{ phone: '1', card: { number: '4444444444444447' } }, 'receiver.card.number: must be a card'],
    [{ phone: '1', card: { number: '4444 4444 4444 4448' } }, 'receiver.card.number: must be'],
    [{ phone: '1', card: { printed_name: 'A' } }, 'receiver.card: must have number or card_ref_id'],
    [
      { card: { number: '4444444444444448', card_ref_id: '1' } },
      'receiver.card: must not have both',
    ],
    [{ card: { card_ref_id: '1', cvv2: '123' } }, 'receiver.card.cvv2: is not a known field'],
    [{ card: { card_ref_id: '1', expire_month: 13 } }, 'receiver.card.expire_month: must be'],
    [{ card: { card_ref_id: '1', expire_year: '2030' } }, 'receiver.card.expire_year: must be'],
    [{ phone: '1', ip_address: '999.1.1.1' }, 'receiver.ip_address: must be an IPv4'],
    [{ phone: '1', ip_address: 'fe80::1%eth0' }, 'receiver.ip_address: must be an IPv4'],
    [{ phone: '1', email: 'nobody' }, 'receiver.email: must be an e-mail address'],
    [{ phone: '' }, 'receiver.phone: must not be empty'],
    [{ phone: '  ' }, 'receiver.phone: must not be empty'],
    [{ phone: 1 }, 'receiver.phone: must be text'],
    [{ phone: '1', first_name: 'a\nb' }, 'receiver.first_name: must not contain control'],
    [{ phone: '1', first_name: 'a\u0000b' }, 'receiver.first_name: must not contain control'],
    [{ phone: '1', first_name: '\ud800' }, 'receiver.first_name: must not contain control'],
  ])('%j is refused', (receiver, expected) => {
    expect(withReceiver(receiver)).toEqual([expect.stringContaining(expected)]);
  });

  it.each(['first_name', 'last_name', 'phone'])('has %s of at most 255 characters', (name) => {
    expect(withReceiver({ phone: '1', [name]: 'x'.repeat(255) })).toEqual([]);
    expect(withReceiver({ phone: '1', [name]: 'x'.repeat(256) })).toEqual([
      `receiver.${name}: must be at most 255 characters`,
    ]);
  });

  it.each([
    'account_number',
    'account_name',
    'bank_name',
    'bank_branch',
    'bank_code',
    'routing_number',
    'bank_city',
    'bank_province',
    'bank_area',
    'bank_address',
    'bank_zip_code',
  ])('has bank_account.%s of at most 255 characters', (name) => {
    const of = (length: number) => ({ account_number: '1', [name]: 'x'.repeat(length) });
    expect(withReceiver({ bank_account: of(255) })).toEqual([]);
    expect(withReceiver({ bank_account: of(256) })).toEqual([
      `receiver.bank_account.${name}: must be at most 255 characters`,
    ]);
  });

  it.each([
    'MT84MALT011000012345MTLCAST001S',
    'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
    'LC14 BOSL 1234 5678 9012 3456 7890 1234',
    'AA'.padEnd(34, '0'),
    'DE89 3704 0044 0532 0130 00',
  ])('has the account number %s as it is printed', (account_number) => {
    expect(withReceiver({ bank_account: { account_number } })).toEqual([]);
  });

  it.each([
    'smith&wesson@example.com',
    'a/b@example.com',
    'a~b@example.com',
    "o'hara+tag@example.com",
    '#!$%&*=?^_`{|}-@example.com',
    'пётр@пример.рф',
    'josé@exämple.de',
    '用户@例子.公司',
    'مثال@مثال.إختبار',
    '"quoted"@example.com',
    'a.@example.com',
    'a@localhost',
    'a@[192.0.2.1]',
  ])('has the e-mail address %s', (email) => {
    expect(withReceiver({ phone: '1', email })).toEqual([]);
  });

  it.each(['a', 'a@', '@b', 'a@b@c', 'a b@c', 'a@b c', 'a\u00a0b@c', 'a@b\nc', 'a@b\u0000'])(
    'does not have the e-mail address %j',
    (email) => {
      expect(withReceiver({ phone: '1', email })).not.toEqual([]);
    },
  );

  it.each([
    ['UnionPay without a check digit', '6200000000000000'],
    ['UnionPay without a check digit, 19 digits', '6212345678901234567'],
    ['UnionPay of the later range', '8100000000000000'],
    ['UnionPay with a check digit', '6200000000000005'],
    ['Visa', '4444444444444448'],
  ])('has a card number of %s', (_what, number) => {
    expect(withReceiver({ card: { number } })).toEqual([]);
  });

  it.each(['4444444444444440', '5105105105105101', '2200000000000001'])(
    'does not have the card number %s, whose check digit is wrong',
    (number) => {
      expect(withReceiver({ card: { number } })).toEqual([
        expect.stringContaining('receiver.card.number: must be a card number'),
      ]);
    },
  );

  it.each([
    ['Latin with marks', 'Zoë Đorđević-Nuñez'],
    ['Latin with separate combining marks', 'Zoe\u0308 Nun\u0303ez'],
    ['an apostrophe', 'Seán O’Brien'],
    ['Cyrillic', 'Пётр Ильич Чайковский'],
    ['Greek', 'Γεώργιος Παπαδόπουλος'],
    ['Arabic', 'محمد بن عبد الله'],
    ['Arabic with a right-to-left mark', 'محمد\u200f (1)'],
    ['Hebrew', 'שָׁלוֹם בן־דוד'],
    ['Persian with a zero-width non-joiner', 'علی‌رضا'],
    ['Devanagari with a joiner', 'क्‍षमा शर्मा'],
    ['Thai', 'สมชาย ใจดี'],
    ['Tamil', 'ஸ்ரீனிவாசன்'],
    ['Georgian', 'გიორგი'],
    ['Armenian', 'Արամ Խաչատրյան'],
    ['Amharic', 'አበበ በቂላ'],
    ['Chinese', '李小龍'],
    ['a rare Han sign outside of the basic plane', '𠮷野家'],
    ['Japanese', 'やまだ タロウ'],
    ['Korean', '김철수'],
    ['one letter', 'O'],
    ['an emoji', '👩‍👩‍👧'],
  ])('has a name in %s', (_what, name) => {
    const receiver = {
      phone: '1',
      first_name: name,
      last_name: name,
      bank_account: { account_number: '1', account_name: name },
      card: { card_ref_id: '1', printed_name: name },
    };
    expect(schema.parse({ ...minimal, receiver }).receiver).toEqual(receiver);
  });
});

describe('a length', () => {
  const described = (description: string): string[] => problemsOf({ ...minimal, description });
  const tooLong = ['description: must be at most 64 characters'];

  it('counts code points, not UTF-16 units or bytes', () => {
    expect(described('😀'.repeat(64))).toEqual([]);
    expect(described('😀'.repeat(65))).toEqual(tooLong);
    expect(described('𠮷'.repeat(64))).toEqual([]);
    expect(described('ж'.repeat(64))).toEqual([]);
  });

  it('counts each combining mark and each part of an emoji, as JSON Schema does', () => {
    expect(described('e\u0301'.repeat(32))).toEqual([]);
    expect(described('e\u0301'.repeat(33))).toEqual(tooLong);
    expect(described('👩‍👩‍👧'.repeat(12))).toEqual([]);
    expect(described('👩‍👩‍👧'.repeat(13))).toEqual(tooLong);
  });

  it('is that of the document, for every text of the body', () => {
    const json = z.toJSONSchema(createPayoutBodySchema(quiet), { io: 'input' });
    expect(json).toMatchObject({
      properties: {
        reference: { minLength: 1, maxLength: 50 },
        description: { maxLength: 64 },
        purpose: { maxLength: 128 },
        metadata: { propertyNames: { maxLength: 40 }, additionalProperties: { maxLength: 500 } },
      },
    });
    const metadata = { ['😀'.repeat(40)]: '😀'.repeat(500) };
    expect(problemsOf({ ...minimal, reference: '😀'.repeat(50), metadata })).toEqual([]);
    expect(problemsOf({ ...minimal, reference: '😀'.repeat(51) })).toEqual([
      'reference: must be at most 50 characters',
    ]);
  });
});

describe('a card number', () => {
  const CARD = '4444444444444448';
  const refused = (path: string): string[] => [`${path}: must not have a card number in it`];

  it.each([
    CARD,
    '4444 4444 4444 4448',
    '4444-4444-4444-4448',
    'card 378282246310005, thanks',
    '５１０５１０５１０５１０５１００',
    '4444%204444%204444%204448',
  ])('is refused in description, purpose and metadata: %s', (text) => {
    expect(problemsOf({ ...minimal, description: text })).toEqual(refused('description'));
    expect(problemsOf({ ...minimal, purpose: text })).toEqual(refused('purpose'));
    expect(problemsOf({ ...minimal, metadata: { note: text } })).toEqual(refused('metadata.note'));
  });

  it('is refused as a key of metadata, and not repeated', () => {
    const found = problemsOf({ ...minimal, metadata: { [CARD]: CARD, other: 'a' } });
    expect(found).toEqual([...refused('metadata'), ...refused('metadata')]);
  });

  it('is named next to other errors', () => {
    expect(problemsOf({ ...minimal, amount: '0', description: CARD })).toEqual([
      'amount: must be greater than zero',
      ...refused('description'),
    ]);
  });

  it.each([
    ['passes the check digit only', '1234567812345670'],
    ['has the range and no check digit', '4444444444444440'],
    ['has another length', '44444444444444448'],
    ['is an IBAN', 'DE89370400440532013000'],
    ['is a time', '2026-11-29 10:11:12'],
  ])('is not a number that %s', (_what, text) => {
    const metadata = { [text]: text };
    expect(problemsOf({ ...minimal, description: text, purpose: text, metadata })).toEqual([]);
  });

  it('in an id or an address is only that of the receiver', () => {
    const cashier = { pin: CARD, front_end_name: CARD, trace_id: CARD };
    const texts = { reference: CARD, return_url: `https://a.example/${CARD}`, cashier };
    expect(problemsOf({ ...minimal, ...texts })).toEqual([]);
    const receiver = { card: { number: CARD } };
    const spaced = { ...texts, reference: '4444 4444-4444 4448' };
    expect(problemsOf({ ...minimal, ...spaced, receiver })).toEqual(
      [
        'reference',
        'return_url',
        'cashier.pin',
        'cashier.front_end_name',
        'cashier.trace_id',
      ].flatMap(refused),
    );
  });

  it('of the receiver is refused as a number of a site', () => {
    const receiver = { card: { number: '378282246310005' } };
    const cashier = { site_id: 378282246310005 };
    expect(problemsOf({ ...minimal, cashier, receiver })).toEqual(refused('cashier.site_id'));
  });

  it('of the receiver is refused also without a check digit', () => {
    const number = '6200000000000000';
    const receiver = { card: { number } };
    expect(problemsOf({ ...minimal, description: number })).toEqual([]);
    expect(problemsOf({ ...minimal, receiver, description: number })).toEqual(
      refused('description'),
    );
  });
});

describe('the other fields', () => {
  it.each([
    [{ reference: 'x'.repeat(51) }, 'reference: must be at most 50 characters'],
    [{ reference: ' ' }, 'reference: must not be empty'],
    [{ endpoint: 'usd' }, 'endpoint: must be one of default, eur'],
    [{ release: 'later' }, 'release: must be one of automatic, on_authorization'],
    [{ description: 'x'.repeat(65) }, 'description: must be at most 64 characters'],
    [{ purpose: 'x'.repeat(129) }, 'purpose: must be at most 128 characters'],
    [{ return_url: 'http://shop.example.com/' }, 'return_url: must be an https address'],
    [{ return_url: 'javascript:alert(1)' }, 'return_url: must be an https address'],
    [{ return_url: 'https://a.example/\r\nx: y' }, 'return_url: must be an https address'],
    [{ return_url: 'https://me:pw@a.example/' }, 'return_url: must be an https address'],
    [{ return_url: `https://a.example/${'x'.repeat(1024)}` }, 'return_url: must be at most 1024'],
    [{ cashier: { pin: 7 } }, 'cashier.pin: must be text'],
    [{ cashier: { site_id: '17a' } }, 'cashier.site_id: must be a whole number or 1-15 digits'],
    [{ cashier: { site_id: 2 ** 53 } }, 'cashier.site_id: must be a whole number'],
    [{ cashier: { trace_id: 1.5 } }, 'cashier.trace_id: must be a whole number or text'],
    [{ cashier: { fee: 1 } }, 'cashier.fee: is not a known field'],
    [{ metadata: { a: 1 } }, 'metadata.a: must be text'],
    [{ metadata: { a: 'x'.repeat(501) } }, 'metadata.a: must be at most 500 characters'],
    [{ metadata: { ['x'.repeat(41)]: '' } }, 'is not an accepted name'],
    [{ metadata: [] }, 'metadata: must be an object'],
  ])('%j is refused', (change, expected) => {
    expect(problemsOf({ ...minimal, ...change })).toEqual([expect.stringContaining(expected)]);
  });

  it('metadata has at most 20 keys', () => {
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));
    expect(problemsOf({ ...minimal, metadata: keys(20) })).toEqual([]);
    expect(problemsOf({ ...minimal, metadata: keys(21) })).toEqual([
      'metadata: must have at most 20 keys',
    ]);
  });

  it('return_url may be http on this machine', () => {
    expect(problemsOf({ ...minimal, return_url: 'http://localhost:3000/done' })).toEqual([]);
  });

  it('the cashier needs its two names only where the platform is notified', () => {
    const cashier = { pin: '7', front_end_name: 'TEST EUR', site_id: '170', trace_id: 751254 };
    expect(problemsOf({ ...minimal, cashier }, notified)).toEqual([]);
    expect(problemsOf({ ...minimal, cashier: { trace_id: 1 } })).toEqual([]);
  });
});
