/**
 * Keeps the style true: who may import whom, what is used only in one place, how long things may
 * be. Each test lists every violation by path and line, so that one run shows all there is to do.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMigrations } from '../src/store/database/migration-files.ts';
import { pathsBelow, root, type SourceFile, sourcesBelow } from './support/source-files.ts';

const sources = sourcesBelow('src');
const tests = sourcesBelow('test');
const byPath = new Map(sources.map((file) => [file.path, file]));

/** `src/flow/context.ts` belongs to `flow`, `src/dev/simulator/order.ts` to `dev/simulator`. */
function areaOf(path: string): string {
  const [, area = '', room = '', ...below] = path.split('/');
  return area === 'dev' && below.length > 0 ? `dev/${room}` : area.replace(/\.ts$/, '');
}

/** The rooms of an area, lowest first: each imports only itself and the ones before it. */
const roomsOf: Record<string, readonly string[]> = {
  payout: ['model', 'scrub', 'policy', 'rules'],
  flow: ['write', 'gateway', 'platform', 'api', 'proposals'],
  http: ['schema', 'problems', 'pages', 'plugins', 'routes', 'openapi'],
  store: ['database', 'integrity', 'payouts', 'history', 'notifications'],
};

const roomOf = (path: string): string | undefined => {
  const [, , room, ...below] = path.split('/');
  return below.length > 0 ? room : undefined;
};

/** Every line that matches, as `path:line text`. */
function found(files: readonly SourceFile[], part: 'code' | 'bare', pattern: RegExp): string[] {
  return files.flatMap((file) => {
    const lines = file[part].split('\n');
    return lines.flatMap((line, index) =>
      pattern.test(line) ? [`${file.path}:${index + 1} ${line.trim()}`] : [],
    );
  });
}

const outside = (places: readonly string[]): SourceFile[] =>
  sources.filter(({ path }) => !places.some((place) => path.startsWith(`src/${place}`)));

/**
 * The areas that each area may import. Everything points down; the parties do not know each other.
 */
const mayImport: Record<string, readonly string[]> = {
  lib: [],
  log: ['lib'],
  'dev/simulator': [],
  payout: ['lib'],
  payneteasy: ['flow', 'payout', 'lib'],
  praxis: ['flow', 'payout', 'lib'],
  store: ['payout', 'lib'],
  'dev/embedded-postgres': ['store', 'lib'],
  runner: ['lib'],
  flow: ['store', 'runner', 'payout', 'lib', 'log'],
  config: ['payout', 'lib', 'log'],
  http: ['flow', 'praxis', 'store', 'payout', 'lib', 'log'],
  // biome-ignore format: one line.
  service: ['dev/embedded-postgres', 'http', 'flow', 'payneteasy', 'praxis', 'store', 'runner', 'payout', 'lib', 'config', 'log'],
  'dev/sandbox': ['service', 'dev/simulator', 'payout', 'lib', 'config', 'log'],
  'dev/generate': ['payout', 'lib'],
  // biome-ignore format: one line.
  cli: ['dev/sandbox', 'dev/embedded-postgres', 'service', 'http', 'flow', 'store', 'payout', 'lib', 'config', 'log'],
  dev: ['dev/generate', 'dev/sandbox', 'dev/simulator', 'http', 'config', 'lib', 'log'],
  main: ['service', 'config', 'lib', 'log'],
};

/** What an implementation may import of the flow: the types of its port. */
const portOf: Record<string, string> = {
  payneteasy: 'src/flow/gateway/gateway.ts',
  praxis: 'src/flow/platform/dialect.ts',
};

/** Packages that belong to one place; elsewhere not even their types are imported. */
const packagesAt: readonly { name: RegExp; places: readonly string[]; because: string }[] = [
  {
    name: /^undici$/,
    places: ['lib/outbound/'],
    because: 'one place decides not_sent or unknown',
  },
  {
    name: /^pg$/,
    places: ['store/', 'dev/embedded-postgres/'],
    because: 'all SQL is in one place',
  },
  {
    name: /^embedded-postgres|^@embedded-postgres/,
    places: ['dev/embedded-postgres/'],
    because: 'same',
  },
  {
    name: /^fastify|^@fastify/,
    places: ['http/', 'dev/simulator/'],
    because: 'nothing else knows that HTTP is there',
  },
  { name: /^prom-client$/, places: ['service/metrics/'], because: 'others only count' },
  { name: /^pino$/, places: ['log.ts'], because: 'one list of fields that may be logged' },
  { name: /^yaml$/, places: ['dev/generate.ts'], because: 'the service reads and writes JSON' },
  {
    name: /^close-with-grace$/,
    places: ['main.ts', 'cli/', 'dev/'],
    because: 'only a process ends',
  },
];

/** Hidden inputs, each allowed only where it enters. The simulator is a program of its own. */
const inputsAt: readonly { what: string; pattern: RegExp; places: readonly string[] }[] = [
  {
    what: 'the environment is read once, by the configuration of each program',
    pattern: /\bprocess\.env\b/,
    places: ['config/config.ts', 'cli/', 'dev/'],
  },
  {
    what: 'time comes from the clock that is handed in; the demo only names its run by it',
    pattern: /\bDate\.now\b|\bnew Date\(\)/,
    places: ['lib/clock.ts', 'dev/sandbox/demo/demo.ts', 'dev/simulator/'],
  },
  {
    what: 'chance is handed in; waiting for a database is before there is anything to hand in',
    pattern: /\bMath\.random\b/,
    places: ['lib/clock.ts', 'service/database/open-database.ts', 'dev/simulator/'],
  },
  {
    what: 'what is random is handed in; request ids and what a sandbox makes up decide nothing',
    pattern: /\brandomUUID\b/,
    places: ['http/plugins/requests.ts', 'http/problems/client-error.ts', 'dev/'],
  },
  {
    what: 'what is said is logged, or written to the terminal by a command',
    pattern: /\bconsole\b/,
    places: [],
  },
  {
    what: 'only a program writes to its terminal or ends itself',
    pattern: /\bprocess\.(?:stdout|stderr|exit|exitCode)\b/,
    places: ['main.ts', 'cli/', 'dev/'],
  },
];

describe('imports', () => {
  it('go only where the table lets them', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const area = areaOf(path);
      const targets = imports.filter(({ isOwn }) => isOwn).map(({ from }) => from);
      return targets
        .filter((from) => areaOf(from) !== area && !mayImport[area]?.includes(areaOf(from)))
        .map((from) => `${path} imports ${from}`);
    });
    expect(wrong).toEqual([]);
  });

  it('reach the flow from an implementation of a port only through that port', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => portOf[areaOf(path)] !== undefined && areaOf(from) === 'flow')
        .filter(({ from }) => from !== portOf[areaOf(path)])
        .map(({ from }) => `${path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
    for (const port of Object.values(portOf)) {
      expect(byPath.get(port)?.bare).not.toMatch(/^export (?!type )/m);
    }
  });

  it('have a table without ways back', () => {
    const reachable = (area: string, seen: Set<string> = new Set()): Set<string> => {
      for (const next of mayImport[area] ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        reachable(next, seen);
      }
      return seen;
    };
    const areas = Object.keys(mayImport);
    expect(areas.filter((area) => reachable(area).has(area))).toEqual([]);
    expect([...new Set(sources.map(({ path }) => areaOf(path)))].toSorted()).toEqual(
      areas.toSorted(),
    );
  });

  it('never lead back to the file they start from', () => {
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path))
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      if (done.has(path) || trail.includes(path)) return;
      const own = byPath.get(path)?.imports.filter(({ isOwn }) => isOwn) ?? [];
      for (const { from } of own) visit(from, [...trail, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it('go down from room to room within an area', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const rooms = roomsOf[areaOf(path)] ?? [];
      const room = rooms.indexOf(roomOf(path) ?? '');
      return imports
        .filter(({ from, isOwn }) => isOwn && areaOf(from) === areaOf(path))
        .filter(({ from }) => room !== -1 && rooms.indexOf(roomOf(from) ?? '') > room)
        .map(({ from }) => `${path} imports ${from}`);
    });
    expect(wrong).toEqual([]);
  });

  it('of a package come from where it belongs', () => {
    const wrong = packagesAt.flatMap(({ name, places, because }) =>
      outside(places).flatMap(({ path, imports }) =>
        imports
          .filter(({ from, isOwn }) => !isOwn && name.test(from))
          .map(({ from }) => `${path} imports ${from}: ${because}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('leave the core pure: no package, nothing of Node', () => {
    const core = sources.filter(({ path }) => areaOf(path) === 'payout');
    const packages = core.flatMap(({ path, imports }) =>
      imports.filter(({ isOwn }) => !isOwn).map(({ from }) => `${path} imports ${from}`),
    );
    expect(packages).toEqual([]);
  });

  it('reach every file, so that none is dead', () => {
    const isEntry = (path: string): boolean =>
      path === 'src/main.ts' || /^src\/(?:cli|dev)\/[\w-]+\.ts$/.test(path);
    const imported = new Set(sources.flatMap(({ imports }) => imports.map(({ from }) => from)));
    const dead = sources.filter(({ path }) => !isEntry(path) && !imported.has(path));
    expect(dead.map(({ path }) => path)).toEqual([]);
  });
});

describe('hidden inputs', () => {
  it.each(inputsAt)('$what', ({ pattern, places }) => {
    expect(found(outside(places), 'code', pattern)).toEqual([]);
  });
});

describe('the core', () => {
  const core = sources.filter(({ path }) => areaOf(path) === 'payout');

  it('decides every case by name: no default branch', () => {
    expect(found(core, 'bare', /\bdefault\s*:/)).toEqual([]);
  });

  it('claims nothing that the compiler cannot see', () => {
    expect(found(sources, 'bare', /(?:[:<|&=]|\bas)\s*any\b/)).toEqual([]);
    expect(found(sources, 'bare', /[\w)\]]!(?![=\w])/)).toEqual([]);
    expect(found(sources, 'bare', /^\s*(?:export )?(?:const )?(?:enum|namespace) \w/)).toEqual([]);
  });
});

describe('the one writer', () => {
  /** What else may be set: who works on a payout, and when it is looked at. */
  const scheduling = ['store/payouts/leases.ts', 'store/payouts/due-times.ts'];
  /** The MACs of rows from before ROW_KEY. */
  const signing = 'store/row-keys.ts';
  /** A new epoch moves the counters of every row at once, and no decision depends on them. */
  const counting = 'store/history/epoch.ts';
  /** What the one writer cannot read, it cannot write: the mark of such a row is added to it. */
  const marking = 'store/unreadable-rows.ts';

  it('is the only way to change a payout row, except its lease and its due time', () => {
    const writes = /\b(?:update|delete from|insert into|truncate)\s+payouts\b/i;
    expect(
      found(
        outside([
          'store/payouts/insert-payouts.ts',
          'store/payouts/save-payouts.ts',
          counting,
          marking,
          signing,
          ...scheduling,
        ]),
        'code',
        writes,
      ),
    ).toEqual([]);
  });

  it('shares no column but those of the schedule', () => {
    const files = sources.filter(({ path }) => scheduling.some((place) => path.endsWith(place)));
    const clauses = files.flatMap(({ code }) => [
      ...code.matchAll(/update payouts(?: \w+)?\s+set (?<set>[\s\S]*?)\s(?:where|from)\b/g),
    ]);
    const columns = clauses.flatMap(({ groups }) =>
      [...(groups?.['set'] ?? '').matchAll(/(?<column>\w+) = /g)].map(([, column]) => column),
    );
    expect(new Set(columns)).toEqual(
      new Set(['lease_token', 'lease_until', 'due_at', 'due_class']),
    );
  });

  it('lets the mark of a row that cannot be read add to its attention, and nothing else', () => {
    const code = sources.find(({ path }) => path.endsWith(marking))?.code ?? '';
    const clauses = [...code.matchAll(/update payouts(?: \w+)?\s+set (?<set>[\s\S]*?)\s+from\b/g)];
    expect(clauses.map(({ groups }) => groups?.['set'])).toEqual([
      'attention = p.attention || unreadable.item',
    ]);
  });

  it('lets a backfill store MACs, and nothing else', () => {
    const backfill = sources.find(({ path }) => path.endsWith(signing))?.code ?? '';
    const clauses = [...backfill.matchAll(/update payouts p\s+set ([\s\S]*?)\s+from /g)];
    const columns = clauses.flatMap(([, set = '']) =>
      [...set.matchAll(/(\w+) = /g)].map(([, column]) => column),
    );
    expect(columns).toEqual(['row_mac', 'authorization_mac', 'order_mac']);
  });

  it('lets an epoch move counters and due times, and nothing else', () => {
    const epoch = sources.find(({ path }) => path.endsWith(counting))?.code ?? '';
    const [, set = ''] = /update payouts\s+set ([\s\S]*?)`/.exec(epoch) ?? [];
    const columns = [...set.matchAll(/(\w+) = /g)].map(([, column]) => column);
    expect(columns).toEqual(['version', 'revision', 'due_at']);
  });

  it.each([
    ['savePayouts', ['src/flow/write/apply-event.ts', 'src/store/batches.ts']],
    ['insertPayouts', ['src/store/batches.ts']],
    ['createBatches', ['src/service/app-context.ts']],
    // The second one tries it to say what is allowed, the third to draw the document of the states.
    [
      'transition',
      [
        'src/flow/write/apply-event.ts',
        'src/payout/allowed-actions.ts',
        'src/dev/generate/state-moves.ts',
      ],
    ],
    ['preparePayoutPay', ['src/flow/gateway/send-pay.ts']],
  ])('%s is used only by %s', (name, users) => {
    const defined = `export (?:async )?(?:function|const) ${name}\\b|^ *${name}[(:]`;
    const definer = new RegExp(defined, 'm');
    const using = sources
      .filter(({ bare }) => new RegExp(`\\b${name}\\b`).test(bare) && !definer.test(bare))
      .map(({ path }) => path);
    expect(using.filter((path) => !users.includes(path))).toEqual([]);
    expect(using).toContain(users[0]);
  });
});

/**
 * A table stays one line per row; the marker keeps the formatter away from it, and this test. The
 * name of a test is one sentence on one line.
 */
const TABLE_BEGINS = /\/\/ biome-ignore format:/;
const TEST_NAME = /^ *(?:(?:\]\)|\}\)|(?:it|test|describe)(?:\.\w+)*)\(['"`]|'[^']*',$)/;

/** A line that is one text: the formatter cannot break it, and planted bugs match it as it is. */
const ONE_TEXT = /^\s*(?:\w+: |const \w+ = )?['`]/;

function longLines({ path, lines }: SourceFile): string[] {
  let inTable = false;
  return lines.flatMap((line, index) => {
    if (TABLE_BEGINS.test(line)) inTable = true;
    const isName = path.startsWith('test/') && (TEST_NAME.test(line) || ONE_TEXT.test(line));
    const isLong = line.length > 100 && !inTable && !isName;
    if (/^\s*[}\])`]+[;,]?$/.test(line)) inTable = false;
    return isLong ? [`${path}:${index + 1} has ${line.length} columns`] : [];
  });
}

describe('sizes', () => {
  it('are at most 100 columns for a line', () => {
    expect([...sources, ...tests].flatMap(longLines)).toEqual([]);
  });

  it('are at most 300 lines for a file, 600 for a test', () => {
    const tooLong = (files: readonly SourceFile[], max: number): string[] =>
      files
        .filter(({ lines }) => lines.length > max)
        .map(({ path, lines }) => `${path} has ${lines.length} lines`);
    expect([...tooLong(sources, 300), ...tooLong(tests, 600)]).toEqual([]);
  });

  it('are at most 15 files for a folder', () => {
    const counts = new Map<string, number>();
    for (const path of pathsBelow('src', '.ts', '.sql')) {
      const folder = path.slice(0, path.lastIndexOf('/'));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > 15)).toEqual([]);
  });

  it('are at least 30 lines for a file that only one other file imports', () => {
    const importersOf = ({ path }: SourceFile): number =>
      sources.filter(({ imports }) => imports.some(({ from }) => from === path)).length;
    const small = sources.filter(({ lines }) => lines.length < 30);
    expect(small.filter((file) => importersOf(file) === 1).map(({ path }) => path)).toEqual([]);
  });

  it('are below 90 lines for half of the files', () => {
    const sizes = sources.map(({ lines }) => lines.length).toSorted((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThan(90);
  });

  it('are at most 70 lines for a function, by the linter', () => {
    const config: unknown = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8'));
    expect(config).toMatchObject({
      overrides: [
        { files: ['src/**'], rules: { 'max-lines-per-function': ['error', { max: 70 }] } },
      ],
    });
  });
});

describe('words', () => {
  it('begin every file: what it owns, and what it must not do', () => {
    const bare = sources.filter(({ text }) => !/^\/\*\*\n \* \S/.test(text));
    expect(bare.map(({ path }) => path)).toEqual([]);
    const sql = pathsBelow('src/store/migrations', '.sql');
    expect(sql.filter((path) => !readFileSync(join(root, path), 'utf8').startsWith('-- '))).toEqual(
      [],
    );
  });

  it('leave nothing for later, and switch no check off', () => {
    const later = new RegExp(['TO', 'DO|FIX', 'ME'].join(''));
    const off = /(?:oxlint|eslint)-disable|@ts-(?:ignore|expect-error|nocheck)/;
    const linesOf = (files: readonly SourceFile[], pattern: RegExp): string[] =>
      files.flatMap(({ path, lines }) =>
        lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
      );
    expect(linesOf([...sources, ...tests], later)).toEqual([]);
    expect(linesOf(sources, off)).toEqual([]);
  });

  it("are the field's: none of a private vocabulary is left", () => {
    const names =
      /\b(?:Http)?[Ss]hell\b|\b[Nn]ap\b|\b(?:hungry|survey|together|telling|brake|beat)\b/;
    const renamed =
      /\b(?:lettersBeside|onLetters|clearSettled|hasParked)\b|\.(?:says|askedAt|settledAt)\b/;
    expect([...found(sources, 'bare', names), ...found(sources, 'bare', renamed)]).toEqual([]);
  });

  it("are the field's: comments, titles and documents say what they mean", () => {
    // Not as a value in quotes, nor within the name of a planted bug.
    const terms =
      'whoever|somebody|nobody|anybody|mend|mends|mended|asked about|turned away|for ?ever|' +
      'beside|troubles?|at once';
    const prose = new RegExp(`(?<![-'\`/\\w])(?:${terms})(?![-'\`\\w])`, 'i');
    const documents = ['README.md', 'SAFETY.md', 'CONTRIBUTING.md', ...pathsBelow('docs', '.md')];
    const lines = [
      ...[...sources, ...tests].filter(({ path }) => path !== 'test/tidy.test.ts'),
      ...documents.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
    ].flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          prose.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [],
        ),
    );
    expect(lines).toEqual([]);
  });

  it('name files in lower case with hyphens', () => {
    const all = [...sources, ...tests].map(({ path }) => path);
    expect(all.filter((path) => !/^[a-z0-9/-]+(?:\.test)?\.ts$/.test(path))).toEqual([]);
  });

  it('skip no test and run none alone', () => {
    expect(found(tests, 'bare', /\b(?:it|test|describe)\.(?:skip|only|todo)\b/)).toEqual([]);
  });
});

describe('statements', () => {
  /** Of the text: `select *` and `returning *`, and where from. */
  const STAR = /\b(?:select|returning)\s+(?:distinct\s+)?(?:\w+\.)?\*(?:\s+from\s+(?<from>\w+))?/gi;

  /** Columns of a function are declared, and those of a query in `with` are named there. */
  const isNamed = (text: string, from: string | undefined): boolean =>
    from === 'jsonb_to_recordset' ||
    (from !== undefined && new RegExp(`\\b${from} as (?:materialized )?\\(`).test(text));

  const starsOf = (text: string): string[] =>
    [...text.matchAll(STAR)]
      .filter(({ groups }) => !isNamed(text, groups?.['from']))
      .map(([star]) => star);

  it('name their columns: a prepared one breaks where a newer version adds a column', () => {
    const wrong = sources.flatMap(({ path, text }) =>
      starsOf(text).map((star) => `${path}: ${star}`),
    );
    expect(wrong).toEqual([]);
  });

  it('are seen by that rule, however they are written', () => {
    expect(starsOf('select * from payouts')).toHaveLength(1);
    expect(starsOf('select p.* from payouts p')).toHaveLength(1);
    expect(starsOf('update payouts set version = 2\n  returning *')).toHaveLength(1);
    expect(starsOf('with taken as (select id from payouts) select * from taken')).toEqual([]);
    expect(starsOf('select count(*) from payouts')).toEqual([]);
  });
});

/** What was released is never edited: databases have it already. A new migration adds its line. */
const migrationHashes: Record<string, string> = {
  '001-payouts': '865752f2e1f59fc6be6d9d1f49c4e127b0e1a93811ed235b0c6163e56fa6340a',
  '002-update-payout': 'f32815bf41d542bf851d1b273cb57d484afa56567710972fd0777eba37893fcc',
  '003-feed': '24a9240eda09d5a03c652f3a3b2c6d9b4afb8af4a94e3b956507ef042b5e69eb',
  '004-operator': 'd16391fd8abb6ef6aba9d1afb914b18aa16e50f0d3a1ddc4aab3b077a1dcdc1b',
  '005-history': '17ea0f449fbc5ae3ed7fdfe978b550a1f64424558577ca0c4da2bce0ba89e888',
  '006-data-keys': '8a4b025270c39fad14a05108d9fbfdcb9f3997988c76c7f8ea816dda07203efe',
  '007-filters': '1c052040dd349732a0e4a3091706e4779a5b3abfd8896bc570cb4061f9bb3977',
  '008-pause-key': '046db73b49d7d29c4f0b0743c76edfabebaccf8b41a43060fb004df7c4fbf408',
  '009-partial-pauses': '6fd37defaa66a5fe1672d0153f753672af86f28aa43f2bd6063e614f0ba09dc0',
  '010-row-macs': '8af84c2a4ad8503e6b4b6b4c22033051269a3d77611e6d0ea5d44709ad585bff',
  '011-proposals': '90a0373d54b0b833a28d351803edb8a503b61036cfc07949ee06236c8930895d',
};

describe('migrations', () => {
  it('are numbered without gaps and stay as they were', async () => {
    const migrations = await readMigrations();
    const hashes = Object.fromEntries(migrations.map(({ name, sha256 }) => [name, sha256]));
    expect(hashes).toEqual(migrationHashes);
  });
});
