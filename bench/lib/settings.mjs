// What the environment asks for, and where things are.
import { existsSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const env = process.env;
const positive = (name, fallback) => {
  const value = Number(env[name] ?? fallback);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, not ${env[name]}`);
  return value;
};

export const root = resolve(import.meta.dirname, '../..');
export const isRoot = process.getuid?.() === 0;

export const rows = positive('ROWS', 100_000);
/** The size that larger ones are compared with. */
export const SMALL = 100_000;
export const MILLION = 1_000_000;
export const TEN_MILLION = 10_000_000;

/** The rows of the table to measure; empty for all. */
export const only = (env.ONLY ?? '').split(/[\s,]+/).filter(Boolean).map(Number);
/** How often each side of a comparison is measured, and for how long. */
export const rounds = positive('ROUNDS', 3);
export const seconds = positive('ROUND_SECONDS', 3);
/** The same for the median time of one connection, which varies less than the rate of several. */
export const secondsForMedian = Math.ceil(seconds / 2);
/** How long programs are under load before row 11 reads their memory. */
export const memorySeconds = positive('MEMORY_SECONDS', 60);

/** Kept between runs, since seeding ten million customers takes long. Postgres, which refuses to run as root, must be able to reach it. */
export const data = resolve(env.BENCH_DATA ?? (isRoot ? '/var/lib/lastmile-bench' : join(homedir(), '.local/share/lastmile-bench')));
export const results = resolve(env.BENCH_RESULTS ?? join(root, 'bench/results'));
/** In memory where possible: a log on the database's disk slows every commit down. */
export const temporary = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export const lastmile = resolve(env.LASTMILE ?? join(env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release/lastmile'));

/** The directory of Postgres's programs: the one in the environment, else the newest that is installed. */
export const postgresBin = (() => {
  if (env.LASTMILE_POSTGRES_BIN) return env.LASTMILE_POSTGRES_BIN;
  const packages = '/usr/lib/postgresql';
  const versions = existsSync(packages) ? readdirSync(packages).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = [...versions.map((version) => join(packages, version, 'bin')), ...(env.PATH ?? '').split(':')];
  const found = candidates.find((bin) => existsSync(join(bin, 'initdb')));
  if (!found) throw new Error('no initdb found: install the package postgresql or set LASTMILE_POSTGRES_BIN');
  return found;
})();
