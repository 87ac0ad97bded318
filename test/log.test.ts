import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from '../src/log.ts';

function capture(level: LogLevel = 'info') {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(level, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

describe('a log line', () => {
  it('has a level in words and a time in ISO 8601', () => {
    const { log, lines } = capture();
    log.info({ payoutId: 'po_1', attempt: 2 }, 'sent');
    expect(lines).toEqual([
      expect.objectContaining({ level: 'info', payoutId: 'po_1', attempt: 2, msg: 'sent' }),
    ]);
    expect(lines[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('drops fields that are not listed, also the ones of a child and of its children', () => {
    const { log, lines } = capture();
    const child = log
      .child({ requestId: 'r', iban: 'canary' })
      .child({ keyName: 'k', card: 'canary' });
    child.info({ payoutId: 'po_1', body: { account: 'canary' } }, 'seen');
    expect(JSON.stringify(lines)).not.toContain('canary');
    expect(lines[0]).toMatchObject({ requestId: 'r', keyName: 'k', payoutId: 'po_1' });
  });

  it('keeps of an error its type, message, stack and code only', () => {
    const { log, lines } = capture();
    const error = Object.assign(new TypeError('broken'), { code: '23505', detail: 'canary' });
    log.error({ err: error }, 'failed');
    expect(lines[0]?.['err']).toEqual({
      type: 'TypeError',
      message: 'broken',
      stack: expect.stringContaining('broken'),
      code: '23505',
    });
  });

  it('logs only the type of what was thrown and is no error', () => {
    const { log, lines } = capture();
    log.error({ err: { account: 'canary' } }, 'failed');
    expect(lines[0]?.['err']).toEqual({ type: 'object' });
  });

  it('is written from its level up', () => {
    const { log, lines } = capture('warn');
    log.info({}, 'quiet');
    log.warn({}, 'loud');
    expect(lines.map((line) => line['msg'])).toEqual(['loud']);
  });
});
