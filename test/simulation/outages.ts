/**
 * Times in which the whole database, gateway or platform is away; the seed decides whether and
 * when.
 */

import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type Outages = {
  isDatabaseAway(): boolean;
  /** When the database is back that is away at this moment, or the moment itself. */
  databaseBackAt(at: number): number;
  isGatewayAway(): boolean;
  isPlatformAway(): boolean;
};

const HORIZON_MS = 3_600_000;
const FOR_MS = [300, 60_000] as const;
/** A platform may be down for a weekend, and its letters wait. */
const PLATFORM_FOR_MS = [1000, 90 * HORIZON_MS] as const;
const OUTAGES_MAX = 5;

type Window = { from: number; until: number };

export function createOutages(world: World, weather: Weather): Outages {
  const random = world.random.fork('outages');
  const plan = (
    kind: 'database_outage' | 'gateway_outage' | 'platform_outage',
    [least, most]: readonly [number, number],
  ): Window[] => {
    const windows: Window[] = [];
    while (windows.length < OUTAGES_MAX && weather.happens(kind)) {
      // Most things happen in the first minutes.
      const from = world.now() + random.int(0, random.pick([60_000, 600_000, HORIZON_MS]));
      windows.push({ from, until: from + random.int(least, most) });
    }
    return windows;
  };
  const isIn = (windows: readonly Window[]) => (): boolean =>
    !weather.isClear() &&
    windows.some(({ from, until }) => world.now() >= from && world.now() < until);
  const ofDatabase = plan('database_outage', FOR_MS);
  const databaseBackAt = (at: number): number => {
    const window = ofDatabase.find(({ from, until }) => at >= from && at < until);
    return window === undefined ? at : databaseBackAt(window.until);
  };
  return {
    isDatabaseAway: isIn(ofDatabase),
    databaseBackAt,
    isPlatformAway: isIn(plan('platform_outage', PLATFORM_FOR_MS)),
    isGatewayAway: isIn(plan('gateway_outage', FOR_MS)),
  };
}
