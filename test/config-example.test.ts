import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderEnvExample } from '../src/config/example.ts';
import { isSecret, variableNames } from '../src/config/variables.ts';

describe('.env.example', () => {
  const lines = renderEnvExample().split('\n');

  it('is the one that the schemas give', () => {
    const file = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
    expect(file).toBe(renderEnvExample());
  });

  it('holds every variable once, in the order of the schema', () => {
    const names = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split('=')[0]);
    expect(names).toEqual(variableNames);
  });

  it('shows defaults and leaves secrets empty', () => {
    expect(lines).toContain('PORT=8080');
    expect(lines).toContain('REPEAT_QUIET_MS=600000');
    for (const name of variableNames.filter(isSecret)) expect(lines).toContain(`${name}=`);
  });

  it('explains every variable in lines of at most 100 columns', () => {
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
    const before = lines.filter((_line, index) => /^[A-Z]/.test(lines[index + 1] ?? ''));
    expect(before).toHaveLength(variableNames.length);
    for (const line of before) expect(line).toMatch(/^# \S/);
  });
});
