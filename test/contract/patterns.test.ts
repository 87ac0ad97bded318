/**
 * The patterns of the document mean the same in every language that a client is generated for. They
 * are run in the engines that this machine has; a rule on their form stands for the others (RE2 of
 * Go, .NET, PCRE of PHP).
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { document } from '../support/document-check.ts';

function patternsIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    key === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value),
  );
}
const patterns = [...new Set(patternsIn(document))];

/**
 * Literals, classes of ASCII characters, counts, groups that do not capture, and both anchors. No
 * escapes: `\d` and `\s` mean other characters in Python and .NET, `\p` and `\u` are not
 * known everywhere, and look-around is not in RE2.
 */
const PORTABLE = /^\^(?:[\w"]|\[[\w.-]+\]|\(\?:|\)|[?*+]|\{[0-9]+(?:,[0-9]*)?\})+\$$/;

const samples = [
  '',
  ' ',
  'EUR',
  'eur',
  'EURO',
  '0',
  '7',
  '12',
  '12.',
  '12.5',
  '.5',
  '1,5',
  '١٢٣',
  '１２３',
  'ⅤⅤⅤ',
  'ЕUR',
  '"4"',
  '"04"',
  '"a"',
  '4444444444444448',
  '44444444444444444444',
  '444444444444444444444',
  'x\u0000y',
  '😀',
];

type Verdicts = Record<string, boolean[]>;

const here: Verdicts = Object.fromEntries(
  patterns.map((pattern) => [pattern, samples.map((text) => new RegExp(pattern, 'u').test(text))]),
);

const PYTHON = `import json, re, sys
given = json.load(sys.stdin)
print(json.dumps({
  p: [re.search(p, s) is not None for s in given["samples"]] for p in given["patterns"]}))`;

const PERL = `use JSON::PP; my $given = decode_json(join "", <STDIN>); my %found;
for my $p (@{$given->{patterns}}) {
  $found{$p} = [map { $_ =~ /$p/ ? JSON::PP::true : JSON::PP::false } @{$given->{samples}}];
}
print encode_json(\\%found);`;

/** One pattern and its samples, as bytes in hex; a line with a 0 or 1 for each sample. */
const JAVA = `import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;
public class Patterns {
  static String text(String hex) {
    return new String(HexFormat.of().parseHex(hex.substring(1)), StandardCharsets.UTF_8);
  }
  public static void main(String[] given) {
    String[] patterns = given[0].split(","), samples = given[1].split(",");
    for (String pattern : patterns) {
      StringBuilder line = new StringBuilder();
      for (String sample : samples)
        line.append(Pattern.compile(text(pattern)).matcher(text(sample)).find() ? '1' : '0');
      System.out.println(line);
    }
  }
}`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'payout-patterns-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const input = JSON.stringify({ patterns, samples });
const TIMEOUT_MS = 60_000;
const ran = (program: string, args: string[]): string =>
  execFileSync(program, args, { input, encoding: 'utf8', timeout: TIMEOUT_MS });

const hexList = (texts: readonly string[]): string =>
  texts.map((text) => `x${Buffer.from(text).toString('hex')}`).join(',');

function inJava(): Verdicts {
  const file = join(folder, 'Patterns.java');
  writeFileSync(file, JAVA);
  const lines = ran('java', [file, hexList(patterns), hexList(samples)])
    .trim()
    .split('\n');
  return Object.fromEntries(
    patterns.map((pattern, index) => [
      pattern,
      Array.from(lines[index] ?? '', (one) => one === '1'),
    ]),
  );
}

const engines: readonly [name: string, run: () => Verdicts, probe: [string, string[]]][] = [
  ['Python', () => JSON.parse(ran('python3', ['-c', PYTHON])), ['python3', ['--version']]],
  ['Perl', () => JSON.parse(ran('perl', ['-e', PERL])), ['perl', ['-MJSON::PP', '-e', '1']]],
  ['Java', inJava, ['java', ['-version']]],
];

function isHere([program, args]: [string, string[]]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}

describe('the patterns of the document', () => {
  test('are there', () => {
    expect(patterns.length).toBeGreaterThan(3);
    expect(Object.values(here).flat()).toContain(true);
  });

  test.each(patterns)('have only what every engine reads alike: %s', (pattern) => {
    expect(pattern).toMatch(PORTABLE);
  });

  test.each(['^[^\\u0000-\\u001f]*$', '^\\p{L}+$', '^(?!a)b$', '^\\d+$', '^[^\\s]$', '^(?<=a)b$'])(
    'would not be allowed to be %s',
    (pattern) => {
      expect(pattern).not.toMatch(PORTABLE);
    },
  );

  for (const [name, run, probe] of engines.filter((engine) => isHere(engine[2]))) {
    test(
      `decide alike in ${name} (${probe[0]})`,
      () => {
        expect(run()).toEqual(here);
      },
      2 * TIMEOUT_MS,
    );
  }
});
