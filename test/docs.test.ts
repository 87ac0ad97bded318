/** What the documents name has to exist: files, links, commands, variables, routes. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { variableNames } from '../src/config/variables.ts';
import { openApiDocument } from '../src/http/openapi/openapi-document.ts';
import { pathsBelow, root } from './support/source-files.ts';

const readText = (path: string): string => readFileSync(join(root, path), 'utf8');

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SAFETY.md',
  ...pathsBelow('docs', '.md'),
]
  .filter((path) => existsSync(join(root, path)))
  .map((path) => ({ path, text: readText(path) }));

/** Everything that a pattern's group `it` names in a document, each once. */
const named = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(({ groups }) => groups?.['it'] ?? '')),
];

/** Lists what is named but missing, with the document that names it. */
function missing(pattern: RegExp, exists: (it: string, document: string) => boolean): string[] {
  return documents.flatMap(({ path, text }) =>
    named(text, pattern)
      .filter((name) => !exists(name, path))
      .map((name) => `${path} names ${name}`),
  );
}

const isFile = (path: string): boolean => existsSync(join(root, path));

describe('documents', () => {
  it('name files by paths that exist', () => {
    const inRoot = /(?<![\w/.-])(?<it>(?:src|test|docs|openapi|ops)\/[\w./-]*\w)/g;
    expect(missing(inRoot, isFile)).toEqual([]);
  });

  it('name parts of src by paths that exist there', () => {
    const inSrc = /(?<![\w/.-])(?<it>[a-z]+\/[\w./-]+\.(?:ts|sql))\b/g;
    const exists = (path: string): boolean => isFile(path) || isFile(`src/${path}`);
    expect(missing(inSrc, exists)).toEqual([]);
  });

  it('link to files that exist', () => {
    const link = /\]\((?!https?:|#|mailto:)(?<it>[^)#\s]+)/g;
    expect(missing(link, (path, document) => isFile(join(dirname(document), path)))).toEqual([]);
  });

  it('name commands that package.json has', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readText('package.json')));
    const builtIn = ['ci', 'install'];
    const command = /\bnpm (?:run )?(?<it>[a-z][a-z:-]*)/g;
    const known = (name: string): boolean => name in scripts || builtIn.includes(name);
    expect(missing(command, known)).toEqual([]);
    const files = Object.values(scripts).flatMap((script) =>
      named(script, /^node (?<it>\S+\.ts)/g),
    );
    expect(files.filter((path) => !isFile(path))).toEqual([]);
  });

  it('name variables that the configuration reads', () => {
    const variable = /`(?<it>(?:PAYNETEASY|PRAXIS|DATA|DATABASE|PUBLIC|API|REPEAT)_[A-Z_]+)/g;
    const known = (name: string): boolean => variableNames.some((each) => each === name);
    expect(missing(variable, known)).toEqual([]);
  });

  it('name routes that the API has', async () => {
    const { paths } = z
      .object({ paths: z.record(z.string(), z.unknown()) })
      .parse(await openApiDocument());
    const known = Object.keys(paths);
    const route = /(?<it>\/v1\/[\w/{}$-]+)/g;
    const toTemplate = (path: string): string => path.replaceAll(/\$[A-Z]+/g, '{id}');
    expect(missing(route, (path) => known.includes(toTemplate(path)))).toEqual([]);
  });

  it('list every decision in the index', () => {
    const decisions = pathsBelow('docs/decisions', '.md')
      .map((path) => path.replace('docs/decisions/', ''))
      .filter((name) => name !== 'README.md');
    const index = readText('docs/decisions/README.md');
    expect(named(index, /\]\((?<it>\d{3}-[^)]+)\)/g)).toEqual(decisions);
    const numbers = decisions.map((name) => Number(name.slice(0, 3)));
    expect(numbers).toEqual(decisions.map((_, index_) => index_ + 1));
  });
});
