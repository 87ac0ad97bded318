/**
 * The repository's own TypeScript files as text, with what they import and with comments or strings
 * blanked, for tests about the code itself.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export type Import = {
  /** A path from the root of the repository, or the name of a package. */
  from: string;
  isOwn: boolean;
  names: string[];
  typeOnly: boolean;
};

export type SourceFile = {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
  lines: string[];
  /** Without comments. */
  code: string;
  /** Without comments and without what stands in strings. */
  bare: string;
  imports: Import[];
};

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/;
const COMMENTS_AND_STRINGS = new RegExp(`${COMMENT.source}|${STRING.source}`, 'g');

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

const withoutComments = (text: string): string =>
  text.replaceAll(COMMENTS_AND_STRINGS, (match) => (/^\/[/*]/.test(match) ? blank(match) : match));

const withoutStrings = (code: string): string =>
  code.replaceAll(COMMENTS_AND_STRINGS, (match) => blank(match));

const IMPORT =
  /^(?:import|export)\s+(?<type>type\s+)?(?:(?<what>[^;'"]*?)\s+from\s+)?'(?<from>[^']+)';/gm;

const DYNAMIC_IMPORT = /\bimport\('(?<from>[^']+)'\)/g;

function toImport(path: string, from: string, what: string, typeOnly: boolean): Import {
  const isOwn = from.startsWith('.');
  const names = what.split(/[{},]/).map((name) => name.replace(/^\s*type\s/, '').trim());
  return {
    from: isOwn ? normalize(join(dirname(path), from)).replaceAll('\\', '/') : from,
    isOwn,
    names: names.filter((name) => name !== ''),
    typeOnly,
  };
}

function importsOf(path: string, code: string): Import[] {
  const written = [...code.matchAll(IMPORT)].map(({ groups = {} }) =>
    toImport(path, groups['from'] ?? '', groups['what'] ?? '', groups['type'] !== undefined),
  );
  const dynamic = [...code.matchAll(DYNAMIC_IMPORT)].map(({ groups = {} }) =>
    toImport(path, groups['from'] ?? '', '', false),
  );
  return [...written, ...dynamic];
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const code = withoutComments(text);
  return {
    path,
    text,
    lines: text.replace(/\n$/, '').split('\n'),
    code,
    bare: withoutStrings(code),
    imports: importsOf(path, code),
  };
}

/** Paths of the files below a folder with one of these endings, sorted. */
export function pathsBelow(folder: string, ...endings: string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .filter((path) => !path.includes('/node_modules/'))
    .toSorted();
}

/** Every TypeScript file below a folder. */
export const sourcesBelow = (folder: string): SourceFile[] =>
  pathsBelow(folder, '.ts').map(readSource);
