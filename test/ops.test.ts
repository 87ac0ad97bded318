/**
 * Dashboard, alert rules and the manual against the metrics that exist: what is named there is told
 * by the service, and every alert is explained.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createMetrics } from '../src/service/metrics/metrics.ts';
import { stages } from './alerts/provocations.ts';
import { parseScrape } from './service/metrics/scrape.ts';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

const dashboardSchema = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) }),
  ),
});

const rules = rulesSchema
  .parse(parse(read('ops/alerts.yaml')))
  .groups.flatMap((group) => group.rules);
const { panels } = dashboardSchema.parse(JSON.parse(read('ops/grafana-dashboard.json')));
const manual = read('docs/operations.md');

/** Ours and Node's begin with one of these; functions of the query language do not. */
const METRIC = /\b(?:payouts?|gateway|notifications?|database|http|process|nodejs)_[a-z0-9_]+\b/g;

/** Without label matchers, whose values may look like metrics. */
const metricsIn = (text: string): string[] => text.replaceAll(/\{[^}]*\}/g, '').match(METRIC) ?? [];

const family = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, '');

let known: ReadonlySet<string>;
let ours: readonly string[];

beforeAll(async () => {
  const page = createMetrics(['default']).pageOf(
    {
      readStats: async () => [],
      onStatsFailed: () => undefined,
      readTableSizes: async () => [],
      onTableSizesFailed: () => undefined,
      breakers: () => [],
      leasesLost: () => 0,
      connections: () => ({ total: 0, idle: 0, waiting: 0 }),
      clockSkewMs: () => 0,
    },
    () => 0,
  );
  const { names } = parseScrape(await page.render());
  known = new Set(names);
  ours = names.filter((name) => !/^(?:process|nodejs)_/.test(name));
});

const unknownOf = (text: string): string[] =>
  metricsIn(text).filter((name) => !known.has(name) && !known.has(family(name)));

describe('every metric that is named exists', () => {
  test('in the alert rules', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.flatMap(({ expr }) => unknownOf(expr))).toEqual([]);
  });

  test('in the dashboard', () => {
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(expressions.flatMap(unknownOf)).toEqual([]);
    expect(expressions.filter((expr) => metricsIn(expr).length === 0)).toEqual([]);
  });

  test('in the manual', () => {
    // `payouts_…` stands for all that begin so.
    const named = unknownOf(manual.replaceAll(/`[a-z_]+…`/g, ''));
    expect(named).toEqual([]);
  });
});

test('every metric of the service itself is shown in the dashboard', () => {
  const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)));
  const families = new Set(shown.map((name) => (known.has(name) ? name : family(name))));
  expect(ours.filter((name) => !families.has(name))).toEqual([]);
});

test('every alert has its section in the manual, and every section its alert', () => {
  const sections = [...manual.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(rules.map(({ alert }) => alert));
  for (const { alert, annotations } of rules) {
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});

test('every section says how its alert can be made to fire in the sandbox', () => {
  const alerts = manual.split(/^### /m).slice(1);
  expect(alerts.filter((section) => !section.includes('*Fires in the sandbox:*'))).toEqual([]);
});

test('every alert is one that npm run alerts provokes', () => {
  const provoked = stages.flatMap(({ provocations }) =>
    provocations.flatMap(({ alerts }) => alerts),
  );
  expect(provoked.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
});
