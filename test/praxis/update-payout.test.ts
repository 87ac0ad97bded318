import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameAmount } from '../../src/payout/model/money.ts';
import { pair } from '../../src/praxis/answer.ts';
import { BODY_MAX_BYTES } from '../../src/praxis/flat-json.ts';
import { readUpdatePayout } from '../../src/praxis/update-payout.ts';
import { publishedBody, publishedRequests, requestVariants, statusLetters } from './vectors.ts';

const base = publishedBody('seed-req-authorized');

const readJson = (body: unknown) => readUpdatePayout(JSON.stringify(body), 'json');

/** The base call with one member written exactly as given. */
const readWith = (member: string) => {
  const { Amount: _amount, ...rest } = base;
  return readUpdatePayout(`${JSON.stringify(rest).slice(0, -1)},${member}}`, 'json');
};

const toForm = (members: (readonly [string, unknown])[]) => {
  const form = new URLSearchParams();
  for (const [name, value] of members) {
    form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return form.toString();
};

const callOf = (read: ReturnType<typeof readUpdatePayout>) => {
  if (read.kind !== 'call') throw new Error(read.description);
  return read.call;
};

const refusal = (status: 1 | 7, why: string) => ({
  kind: 'refused',
  status,
  description:
    status === 1
      ? `Update payout request not understood: ${why}`
      : `The Status letter is not known: ${why}`,
});

const bodyOf = ({ change, remove = [] }: (typeof requestVariants)[number]) =>
  Object.fromEntries(
    Object.entries({ ...base, ...change }).filter(([name]) => !remove.includes(name)),
  );
/** What is wrong with a reading; null when it is a complete call or an answerable refusal. */
function problemOf(read: ReturnType<typeof readUpdatePayout>): string | null {
  if (read.kind === 'call') {
    const { call, ignored } = read;
    const isComplete = call.pin !== '' && call.frontEndName !== '' && call.extPayoutId !== '';
    return isComplete && ignored.length <= 20 ? null : `bad call ${JSON.stringify(read)}`;
  }
  const { status: Status, description: Description } = read;
  if (![1, 7].includes(Status)) return `bad status ${Status}`;
  if (!/^[ -~]{1,200}$/.test(Description)) return `bad description ${Description}`;
  const isUnchanged = pair(Status, Description) === JSON.stringify({ Status, Description });
  return isUnchanged ? null : `changed on its way out: ${Description}`;
}

describe('the published requests', () => {
  it.each(publishedRequests)('$id is read with all its fields', ({ body }) => {
    expect(readJson(body)).toEqual({
      kind: 'call',
      call: {
        pin: '7',
        frontEndName: 'TEST EUR',
        extPayoutId: '1526773664',
        letter: body['Status'],
        siteId: 170,
        updatedBy: 'Backoffice_User',
        amount: '1',
        currency: 'EUR',
      },
      ignored: [],
    });
  });

  it('are read alike from a form, in any letter case and order', () => {
    const members = Object.entries(base).toReversed();
    const form = toForm(members);
    const upper = members.map(([name, value]) => [name.toUpperCase(), value]);
    const lower = members.map(([name, value]) => [name.toLowerCase(), value]);
    const expected = readJson(base);
    expect(readUpdatePayout(form, 'form')).toEqual(expected);
    expect(readJson(Object.fromEntries(upper))).toEqual(expected);
    expect(readJson(Object.fromEntries(lower))).toEqual(expected);
  });

  it.each(statusLetters)('know the letter $letter', ({ letter }) => {
    expect(callOf(readJson({ ...base, Status: ` ${letter.toLowerCase()}\n` })).letter).toBe(letter);
  });
});

describe('the variants of a request', () => {
  const money = { amountMinor: 100n, decimals: 2, currency: 'EUR' };
  const accepted = requestVariants.filter(({ expect: text }) => text.startsWith('accepted'));
  const refusedHere = requestVariants.filter(({ expect: text }) => /^Status [17]$/.test(text));
  const refusedLater = requestVariants.filter(({ expect: text }) => /^Status [235]/.test(text));

  it('are all run', () => {
    const count = accepted.length + refusedHere.length + refusedLater.length;
    expect(count).toBe(requestVariants.length);
  });

  it.each(accepted)('$change $remove: $expect', (variant) => {
    const call = callOf(readJson(bodyOf(variant)));
    expect(call).toMatchObject({ pin: '7', extPayoutId: '1526773664', letter: 'A' });
    expect(call.amount === null || isSameAmount(call.amount, money)).toBe(true);
  });

  it.each(refusedHere)('$change $remove: $expect', (variant) => {
    const status = Number(variant.expect.slice('Status '.length));
    expect(readJson(bodyOf(variant))).toMatchObject({ kind: 'refused', status });
  });

  it.each(refusedLater)('$change: understood, and differs from the payout', (variant) => {
    const call = callOf(readJson(bodyOf(variant)));
    const asPayout =
      call.pin === '7' &&
      call.extPayoutId === '1526773664' &&
      call.currency === 'EUR' &&
      isSameAmount(call.amount ?? '1', money);
    expect(asPayout).toBe(false);
  });
});

describe('amounts', () => {
  it.each(['0.1', '100.10', '1', '1.0000', '999999999999999.9999', '0.0001'])(
    'keep %s exactly as written, as a number and as text',
    (amount) => {
      expect(callOf(readWith(`"Amount":${amount}`)).amount).toBe(amount);
      expect(callOf(readWith(`"Amount":"${amount}"`)).amount).toBe(amount);
    },
  );

  it.each(['1e2', '1E2', '-1', '-0', '1.00001', '1234567890123456', '"1,5"', '" 1"', '"NaN"'])(
    'refuse %s as malformed',
    (amount) => {
      const why = 'is not a decimal amount such as 100.50';
      expect(readWith(`"Amount":${amount}`)).toEqual(refusal(1, `Amount ${why}`));
      expect(readWith(`"Amount":1,"Fee":${amount}`)).toEqual(refusal(1, `Fee ${why}`));
    },
  );

  it.each(['0', '0.00', '"0"', '"000.0000"'])(
    'refuse %s as an Amount, take it as a Fee',
    (zero) => {
      expect(readWith(`"Amount":${zero}`)).toEqual(refusal(1, 'Amount is zero'));
      expect(readWith(`"Fee":${zero}`).kind).toBe('call');
    },
  );
});

describe('fields that are missing or malformed', () => {
  it.each(['PIN', 'FrontEndName', 'ExtPayoutID', 'Status'])('%s is required', (name) => {
    const { [name]: _removed, ...rest } = base;
    for (const body of [rest, { ...rest, [name]: null }, { ...rest, [name]: ' ' }]) {
      expect(readJson(body)).toEqual(refusal(1, `${name} is missing`));
    }
    expect(readUpdatePayout(toForm(Object.entries(rest)), 'form')).toEqual(
      refusal(1, `${name} is missing`),
    );
  });

  it('names the first missing field of an empty body', () => {
    expect(readUpdatePayout('', 'form')).toEqual(refusal(1, 'PIN is missing'));
    expect(readUpdatePayout('{}', 'json')).toEqual(refusal(1, 'PIN is missing'));
  });

  it('takes blank optional fields for absent ones', () => {
    const blank = { SiteID: '', TraceID: null, PP: ' ', Amount: '', Currency: '', Fee: null };
    expect(callOf(readJson({ ...base, ...blank }))).toMatchObject({
      siteId: null,
      amount: null,
      currency: null,
    });
  });

  it.each([
    ['PIN', 50],
    ['FrontEndName', 256],
    ['TraceID', 50],
    ['ExtPayoutID', 50],
    ['PP', 64],
    ['TransactionID', 50],
    ['UpdatedBy', 50],
  ])('%s has at most %i characters', (name, max) => {
    expect(readJson({ ...base, [name]: 'x'.repeat(max) }).kind).toBe('call');
    expect(readJson({ ...base, [name]: 'x'.repeat(max + 1) })).toEqual(
      refusal(1, `${name} is longer than ${max} characters`),
    );
  });

  it.each([
    ['PIN', true, 'is neither text nor a whole number'],
    ['FrontEndName', {}, 'is neither text nor a whole number'],
    ['ExtPayoutID', 1.5, 'is neither text nor a whole number'],
    ['ExtPayoutID', -1, 'is neither text nor a whole number'],
    ['Amount', [1], 'is neither text nor a whole number'],
    ['Status', false, 'is neither text nor a whole number'],
    ['PIN', '7\u0000', 'has control characters'],
    ['UpdatedBy', '\ud800', 'has control characters'],
    ['SiteID', '17a', 'is not a whole number'],
    ['SiteID', '12345678901', 'is not a whole number'],
    ['Currency', 'EURO', 'is not a code of three letters'],
    ['Currency', 978, 'is not a code of three letters'],
  ])('%s as %j is refused by name', (name, value, why) => {
    expect(readJson({ ...base, [name]: value })).toEqual(refusal(1, `${name} ${why}`));
  });

  it('takes ids that are numbers as text while doubles are exact', () => {
    const ids = { PIN: 7, TraceID: 751254, ExtPayoutID: Number.MAX_SAFE_INTEGER, SiteID: '170' };
    expect(callOf(readJson({ ...base, ...ids }))).toMatchObject({
      pin: '7',
      extPayoutId: '9007199254740991',
      siteId: 170,
    });
    const { ExtPayoutID: _id, ...rest } = base;
    const unsafe = `${JSON.stringify(rest).slice(0, -1)},"ExtPayoutID":9007199254740993}`;
    expect(readUpdatePayout(unsafe, 'json')).toEqual(
      refusal(1, 'ExtPayoutID is neither text nor a whole number'),
    );
  });

  it('judges every field before the letter', () => {
    expect(readJson({ ...base, Status: 'N', Fee: 'x' })).toMatchObject({ status: 1 });
    expect(readJson({ ...base, Status: 'N' })).toEqual(refusal(7, 'N'));
    expect(readJson({ ...base, Status: 4 })).toEqual(refusal(7, '4'));
    expect(readJson({ ...base, Status: `é${'\n'.repeat(9000)}x` })).toEqual(refusal(7, 'e x'));
  });
});

describe('names', () => {
  it.each([
    ['"Amount":1,"Amount":1', 'Amount'],
    ['"Amount":1,"amount":2', 'Amount'],
    ['"PIN":"7"', 'PIN'],
    ['"status":"A"', 'Status'],
    ['"\\u0053tatus":"A"', 'Status'],
    ['"x":1,"X":{}', 'X'],
    ['"__proto__":1,"__PROTO__":2', '__PROTO__'],
  ])('two that fold into one are refused by name: %s', (members, name) => {
    expect(readWith(members)).toEqual(refusal(1, `${name} is given more than once`));
  });

  it('are refused when a form repeats them', () => {
    const form = 'PIN=7&FrontEndName=T&ExtPayoutID=1&Status=A&status=C';
    expect(readUpdatePayout(form, 'form')).toEqual(refusal(1, 'Status is given more than once'));
  });

  it('that are unknown are listed, printable and cut, and change nothing', () => {
    const long = `"Ä\\n${'x'.repeat(99)}":[[]]`;
    expect(readWith(`"Amount":1,"__proto__":{"pin":"8"},"constructor":1,${long}`)).toEqual({
      ...readJson(base),
      ignored: ['__proto__', 'constructor', `A ${'x'.repeat(38)}`],
    });
  });

  it('that are unknown are listed up to a limit', () => {
    const extra = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x${index}`, 1]));
    expect(readJson({ ...base, ...extra })).toMatchObject({
      kind: 'call',
      ignored: Array.from({ length: 20 }, (_, index) => `x${index}`),
    });
  });
});

describe('whatever is sent', () => {
  const kinds = fc.constantFrom('json' as const, 'form' as const);

  it('too large a body is refused', () => {
    const large = `PIN=${'x'.repeat(BODY_MAX_BYTES)}`;
    expect(readUpdatePayout(large, 'form')).toEqual(refusal(1, 'the body is too large'));
    expect(readJson({ large })).toEqual(refusal(1, 'the body is too large'));
  });

  it('any bytes are a call or a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), kinds, (bytes, kind) => {
        expect(problemOf(readUpdatePayout(Buffer.from(bytes).toString(), kind))).toBeNull();
      }),
    );
  });

  it('any JSON is a call or a refusal', () => {
    fc.assert(
      fc.property(fc.json(), kinds, (body, kind) => {
        expect(problemOf(readUpdatePayout(body, kind))).toBeNull();
      }),
    );
  });

  it('any order and letter case of the same fields is the same call', () => {
    const full = { ...base, TransactionID: 'T-1', Fee: '0.00', Amount: '100.10' };
    const members = fc.shuffledSubarray(Object.entries(full), { minLength: 12 });
    const expected = readJson(full);
    expect(expected.kind).toBe('call');
    fc.assert(
      fc.property(members, fc.infiniteStream(fc.boolean()), kinds, (shuffled, coins, kind) => {
        const respelled = shuffled.map(([name, value]) => {
          const spelled = Array.from(name, (letter) => {
            const isUpper = coins.next().value;
            return isUpper ? letter.toUpperCase() : letter.toLowerCase();
          });
          return [spelled.join(''), value] as const;
        });
        const body =
          kind === 'json' ? JSON.stringify(Object.fromEntries(respelled)) : toForm(respelled);
        expect(readUpdatePayout(body, kind)).toEqual(expected);
      }),
    );
  });

  it('any values under the known names, in any order and case, are a call or a refusal', () => {
    const names = [...Object.keys(base), 'TransactionID', 'Fee', '__proto__'];
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(...Object.values(base), '100.10', 'N', 0, -1, 1e21),
    );
    const member = fc.tuple(fc.constantFrom(...names), fc.boolean(), value);
    fc.assert(
      fc.property(fc.array(member, { maxLength: 14 }), kinds, (members, kind) => {
        const written = members.map(
          ([name, lower, json]) => [lower ? name.toLowerCase() : name, json] as const,
        );
        const body =
          kind === 'json'
            ? `{${written.map(([name, json]) => `"${name}":${JSON.stringify(json)}`).join(',')}}`
            : toForm(written);
        expect(problemOf(readUpdatePayout(body, kind))).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});
