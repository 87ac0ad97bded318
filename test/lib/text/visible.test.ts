/** Text from outside is shown by the terminal, the log and the pages without doing anything. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPayoutCommand } from '../../../src/cli/payout/run.ts';
import { sandboxEnvironment } from '../../../src/dev/sandbox/sandbox.ts';
import { escapeHtml } from '../../../src/http/pages/html-page.ts';
import { visible } from '../../../src/lib/text/visible.ts';
import { createLogger } from '../../../src/log.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

/** Each with the escape that stands for it. */
const unsafe: readonly [string, string, string][] = [
  ['a zero byte', '\u0000', '\\u0000'],
  ['a terminal escape', '\u001b', '\\u001b'],
  ['a terminal escape in one character', '\u009b', '\\u009b'],
  ['a line end', '\n', '\\u000a'],
  ['a carriage return', '\r', '\\u000d'],
  ['a backspace', '\b', '\\u0008'],
  ['delete', '\u007f', '\\u007f'],
  ['next line', '\u0085', '\\u0085'],
  ['a line separator', '\u2028', '\\u2028'],
  ['a paragraph separator', '\u2029', '\\u2029'],
  ['a left-to-right mark', '\u200e', '\\u200e'],
  ['a right-to-left mark', '\u200f', '\\u200f'],
  ['an Arabic letter mark', '\u061c', '\\u061c'],
  ['an embedding', '\u202b', '\\u202b'],
  ['an override', '\u202e', '\\u202e'],
  ['an isolate', '\u2067', '\\u2067'],
  ['half a surrogate pair', '\ud83d', '\\ud83d'],
];

describe.each(unsafe)('%s', (_what, character, shown) => {
  test('is shown as an escape', () => {
    expect(visible(`a${character}b`)).toBe(`a${shown}b`);
    expect(escapeHtml(`a${character}<`)).toBe(`a${shown}&lt;`);
  });

  test('is shown as an escape by every field and sentence of a log line, which stays JSON', () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => void lines.push(line) });
    const text = `a${character}b`;
    log.child({ reference: text }).info({ cause: text, err: new Error(text) }, text);
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    expect(line.endsWith('}\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u);
    expect(JSON.parse(line)).toMatchObject({
      reference: text,
      cause: text,
      msg: text,
      err: { message: text },
    });
  });
});

test.each(['ש', 'क्‍ष', 'علی‌رضا', '👩‍👩‍👧', 'e\u0301', '\u00a0', '\\u001b'])(
  'what is part of a word stays: %s',
  (text) => {
    expect(visible(text)).toBe(text);
  },
);

describe('the operator commands', () => {
  let service: RunningService;
  let env: Record<string, string>;
  let id: string;
  beforeAll(async () => {
    service = await startRunningService();
    env = {
      ...sandboxEnvironment(service.secrets, service.simulatorUrl, 8080, '/nowhere'),
      DATABASE_URL: service.database.connectionString,
    };
    ({ id } = await service.api.create({
      reference: 'ref\u202e\u200f',
      description: 'a\u202eb',
      release: 'on_authorization',
    }));
    await service.api.untilStatus(id, 'bank_confirmed');
    await service.database.query(
      `update payouts set stage = $2, processor_tx_id = $3 where id = $1`,
      [id, 'stage\u001b[2J\u009b31m', 'tx\n  you may       cancel'],
    );
    await service.database.query(`update payout_events set says = $2 where payout_id = $1`, [
      id,
      'Reads well.\u001b]0;title\u0007\r\u202e',
    ]);
  });
  afterAll(() => service.close());

  test.each([['show'], ['show', '--json'], ['list']])('%s %s prints escapes', async (...words) => {
    const lines: string[] = [];
    const [name = '', ...options] = words;
    const args = name === 'show' ? [name, id, ...options] : words;
    const print = (line: string) => void lines.push(line);
    expect(await runPayoutCommand(args, env, { print, complain: print })).toBe(0);
    const out = lines.join('\n');
    expect(out).toContain('ref\\u202e\\u200f');
    for (const line of lines) expect(visible(line)).toBe(line);
    if (name !== 'show') return;
    expect(out).toContain('stage\\u001b[2J\\u009b31m');
    expect(out).not.toMatch(/^ {2}you may {7}cancel$/m);
    if (options.length === 0) expect(out).toContain('Reads well.\\u001b]0;title\\u0007');
    else expect(JSON.parse(out)).toMatchObject({ id, description: 'a\u202eb' });
  });

  test('a wrong word of the command line is printed by escapes too', async () => {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    expect(await runPayoutCommand(['\u001b[2J'], env, { print, complain: print })).toBe(2);
    expect(lines[0]).toBe('payout: \\u001b[2J is not a command');
  });
});
