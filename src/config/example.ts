/**
 * Writes .env.example from the schemas, so that it always agrees with the service. The sentences
 * and defaults are in variables.ts.
 */

import { z } from 'zod';
import { assert } from '../lib/assert.ts';
import { isSecret, variableGroups, variableNames } from './variables.ts';

const LINE_MAX = 100;

/** The whole file: every variable with its description and default. Secrets are empty. */
export function renderEnvExample(): string {
  const head = comment(
    'Every variable of the service. This file is generated: change the schemas, not this text. ' +
      'An empty value is the same as an unset one.',
  );
  const groups = Object.entries(variableGroups).map(([title, group]) => {
    const { properties = {}, required = [] } = z.toJSONSchema(group, { io: 'input' });
    const entries = variableNames
      .filter((name) => name in group.shape)
      .map((name) => {
        const about = properties[name];
        assert(typeof about === 'object', `${name} has no schema`);
        const sentences = [about.description ?? ''];
        if (required.includes(name)) sentences.push('Required.');
        if (isSecret(name))
          sentences.push(`Secret; ${name}_FILE may name a file that holds it instead.`);
        const value = typeof about.default === 'string' ? about.default : '';
        return `${comment(sentences.join(' '))}\n${name}=${value}`;
      });
    return [`# ---- ${title} ----`, ...entries].join('\n\n');
  });
  return `${[head, ...groups].join('\n\n')}\n`;
}

/** Wraps a text into comment lines, which begin with #. */
function comment(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1) ?? ''} ${word}`;
    if (line.length < LINE_MAX) lines[lines.length - 1] = line;
    else lines.push(` ${word}`);
  }
  return lines.map((line) => `#${line}`).join('\n');
}
