/**
 * A real Prometheus that scrapes one service every second, with the rules of ops/alerts.yaml in
 * which nothing but waits, windows and ages are shorter.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { freePort } from '../../src/dev/sandbox/sandbox.ts';
import { waitFor } from '../support/wait-for.ts';

const RULES = fileURLToPath(new URL('../../ops/alerts.yaml', import.meta.url));

/** Ages that would take up to an hour, and the waits around them; the expressions stay. */
const SHORTENED: readonly (readonly [RegExp, string])[] = [
  [/\bfor: \d+[mh]$/gm, 'for: 3s'],
  [/\[5m\]/g, '[15s]'],
  [/\[15m\]/g, '[30s]'],
  [/> 300$/gm, '> 5'],
  [/> 900$/gm, '> 10'],
  [/> 3600$/gm, '> 10'],
];

const alertsSchema = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        labels: z.object({ alertname: z.string() }),
        state: z.enum(['pending', 'firing']),
      }),
    ),
  }),
});

const rulesSchema = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ name: z.string() })) })),
  }),
});

export type Prometheus = {
  /** The names of all alerts that its rules can fire. */
  known(): Promise<string[]>;
  /** The alerts that are pending or firing now. */
  active(): Promise<{ name: string; isFiring: boolean }[]>;
  close(): Promise<void>;
};

function shortenedRules(): string {
  return SHORTENED.reduce(
    (text, [pattern, replacement]) => {
      const shorter = text.replaceAll(pattern, replacement);
      if (shorter === text) throw new Error(`ops/alerts.yaml has nothing like ${pattern} any more`);
      return shorter;
    },
    readFileSync(RULES, 'utf8'),
  );
}

/** Whether there is one on the PATH. */
export const hasPrometheus = (): boolean =>
  spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status === 0;

/** Starts it on `target`, such as 127.0.0.1:8080, with its files in this folder. */
export async function startPrometheus(folder: string, target: string): Promise<Prometheus> {
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [{ job_name: 'payout-service', static_configs: [{ targets: [target] }] }],
  };
  writeFileSync(join(folder, 'rules.yaml'), shortenedRules());
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const port = await freePort(0);
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'series')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).json();

  await waitFor('prometheus to be ready', async () => {
    if (child.exitCode !== null) throw new Error('prometheus ended: it refuses its rules?');
    const answer = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => null);
    return answer?.ok === true;
  });
  return {
    known: async () => {
      const { groups } = rulesSchema.parse(await ask('/api/v1/rules')).data;
      return groups.flatMap(({ rules }) => rules.map(({ name }) => name));
    },
    active: async () =>
      alertsSchema.parse(await ask('/api/v1/alerts')).data.alerts.map(({ labels, state }) => ({
        name: labels.alertname,
        isFiring: state === 'firing',
      })),
    close: async () => {
      child.kill();
      await ended;
    },
  };
}
