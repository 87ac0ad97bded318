import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerSentences, answerStatus, because, pair } from '../../src/praxis/answer.ts';
import { publishedAnswers } from './vectors.ts';

describe('the pair', () => {
  it.each(publishedAnswers)('$id is written as published', ({ body }) => {
    const status = body.Status === 0 ? answerStatus.done : answerStatus.refused;
    expect(pair(status, answerSentences[status])).toBe(JSON.stringify(body));
    expect(pair(status, '')).toBe(JSON.stringify(body));
  });

  it.each(Object.values(answerStatus))('has a sentence of its own for %i', (status) => {
    expect(pair(status, ' \n')).toBe(
      `{"Status":${status},"Description":"${answerSentences[status]}"}`,
    );
    expect(pair(status, because(status, 'why'))).toContain(`${answerSentences[status]}: why`);
    expect(answerSentences[status]).toMatch(/^[ -~]{10,100}$/);
  });

  it('drops accents, breaks and what ASCII does not have', () => {
    expect(pair(4, 'Zażółć\r\n\tgęślą\u0000 €5 ﬁ 😀')).toBe(
      '{"Status":4,"Description":"Zazo?c gesla ?5 fi ?"}',
    );
  });

  it('is always two members, one of them one to two hundred printable characters', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 300 }));
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(answerStatus)), text, (status, description) => {
        const written = pair(status, description);
        expect(JSON.parse(written)).toEqual({
          Status: status,
          Description: expect.stringMatching(/^[!-~]([ -~]{0,198}[!-~])?$/),
        });
        expect(written.startsWith(`{"Status":${status},"Description":"`)).toBe(true);
      }),
    );
  });
});
