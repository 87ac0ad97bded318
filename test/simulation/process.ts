/**
 * One process of the service as the world sees it: it crashes and comes back empty, is stopped and
 * goes on as if nothing had been, and has a clock of its own that may be wrong.
 */

import type { Clock } from '../../src/lib/clock.ts';
import { SKEW_MAX_MS } from '../../src/service/database/database-clock.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type Process = {
  readonly name: string;
  readonly clock: Clock;
  /** How far its wall clock is off, in milliseconds: since when, oldest first. */
  readonly off: readonly { at: number; ms: number }[];
  offMs(): number;
  isAlive(): boolean;
  /** Counts its lives; what was begun in one life never goes on in the next. */
  life(): number;
  /**
   * Goes on in this life after the delay, at the earliest when it runs again. Between any two of
   * these it may crash or be stopped, more likely so where the moment is delicate.
   */
  deliver(
    delayMs: number,
    label: string,
    act: () => void | Promise<void>,
    delicate?: boolean,
  ): void;
  /** Until then it neither crashes nor stops: a witness has to live through what is noticed. */
  shield(until: number): void;
  /** Whether it is stopped at this moment. */
  isStopped(at: number): boolean;
  /** Its clock is right from now on. */
  setClock(): void;
  freeze(forMs: number): void;
  /** Ends this life; the next one begins after so long. */
  crash(deadMs?: number): void;
  /** When it crashed, or was stopped to start anew, oldest first. */
  crashes(): readonly number[];
  /** When each of its lives began, oldest first: it reads its configuration then. */
  starts(): readonly number[];
};

/** Around the intent and the answer of a command everything matters most. */
const DELICATE = 12;
const FROZEN_MS = [200, 45_000] as const;
const DEAD_MS = [500, 20_000] as const;
const OFF_MS = 3000;
/** A replica that is off by more commits no intent. */
const TRUSTED_MS = 2000;
/** A machine without a time service, or one whose battery failed. */
const HOURS_OFF_MS = [40_000, 6 * 3_600_000, 31 * 24 * 3_600_000] as const;

export type ProcessDeps = {
  name: string;
  world: World;
  weather: Weather;
  /** Begins the work of a new life. */
  boot: () => void;
};

export function createProcess({ name, world, weather, boot }: ProcessDeps): Process {
  const random = world.random.fork(name);
  const far = (): number => {
    const most = random.pick(HOURS_OFF_MS);
    return random.int(Math.ceil(most / 8), most) * (random.chance(0.5) ? 1 : -1);
  };
  const initialOff = (): number => {
    if (weather.happens('clock_hours_off')) return far();
    return weather.happens('clock_off') ? random.int(-OFF_MS, OFF_MS) : 0;
  };
  const off = [{ at: world.now(), ms: initialOff() }];
  const offMs = (): number => off.at(-1)?.ms ?? 0;
  let alive = true;
  let life = 1;
  const crashes: number[] = [];
  const starts = [world.now()];
  let frozenUntil = 0;
  let deadUntil = 0;
  let suspendedMs = 0;
  let shieldedUntil = 0;

  const setOff = (ms: number): void => {
    off.push({ at: world.now(), ms });
    world.note(`${name}: its clock is off by ${ms} ms`);
    repair();
  };

  /** An operator, or the time service, sets a clock right that an alert is about. */
  const repair = (): void => {
    if (Math.abs(offMs()) <= SKEW_MAX_MS) return;
    const forMs = random.int(1000, random.pick([5000, 60_000, 3_600_000]));
    const { length } = off;
    world.in(forMs, `${name}: its clock is set right`, () => {
      if (off.length === length) setOff(0);
    });
  };
  repair();

  const startWhenDue = (): void =>
    world.at(deadUntil, `${name} starts`, () => {
      if (world.now() < deadUntil) return startWhenDue();
      alive = true;
      starts.push(world.now());
      boot();
    });

  const process: Process = {
    name,
    off,
    offMs,
    clock: {
      now: () => world.now() + offMs(),
      monotonic: () => world.now() - suspendedMs,
    },
    isAlive: () => alive,
    life: () => life,
    deliver: (delayMs, label, act, delicate = false) => {
      const begun = life;
      const arrive = (): void | Promise<void> => {
        if (life !== begun || !alive) return;
        if (world.now() < frozenUntil) {
          world.at(frozenUntil, `${name}: ${label} (stopped)`, arrive);
          return;
        }
        if (world.now() < shieldedUntil) return act();
        const boost = delicate ? DELICATE : 1;
        if (weather.happens('crash', boost)) return process.crash();
        if (weather.happens('clock_jump', boost)) setOff(random.int(-OFF_MS, OFF_MS));
        if (weather.happens('clock_hours_jump', boost)) setOff(far());
        const suspends = weather.happens('suspend', boost);
        if (suspends || weather.happens('freeze', boost)) {
          const forMs = random.int(...FROZEN_MS);
          if (suspends) suspendedMs += forMs;
          process.freeze(forMs);
          world.at(frozenUntil, `${name}: ${label} (stopped)`, arrive);
          return;
        }
        return act();
      };
      world.in(delayMs, `${name}: ${label}`, arrive);
    },
    shield: (until) => {
      shieldedUntil = until;
    },
    isStopped: (at) => at < frozenUntil,
    setClock: () => {
      // Also one that is off by so little that only the service minds: nothing would be paid.
      if (Math.abs(offMs()) > TRUSTED_MS) setOff(0);
    },
    freeze: (forMs) => {
      frozenUntil = Math.max(frozenUntil, world.now() + forMs);
    },
    crash: (deadMs = random.int(...DEAD_MS)) => {
      if (!alive) {
        deadUntil = Math.max(deadUntil, world.now() + deadMs);
        return;
      }
      if (world.now() < shieldedUntil) {
        world.at(shieldedUntil, `${name} is stopped later`, () => process.crash(deadMs));
        return;
      }
      alive = false;
      life += 1;
      crashes.push(world.now());
      frozenUntil = 0;
      world.note(`${name} crashes`);
      deadUntil = world.now() + deadMs;
      startWhenDue();
    },
    crashes: () => crashes,
    starts: () => starts,
  };
  return process;
}
