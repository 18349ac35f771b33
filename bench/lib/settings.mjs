// What the environment asks for, and where things are.
import { existsSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const env = process.env;
const number = (name, otherwise) => {
  const value = Number(env[name] ?? otherwise);
  if (!(value > 0)) throw new Error(`${name} is a number above 0, not ${env[name]}`);
  return value;
};

export const root = resolve(import.meta.dirname, '../..');
export const isRoot = process.getuid?.() === 0;

export const rows = number('ROWS', 100_000);
/** The size against which others are held. */
export const SMALL = 100_000;
export const MILLION = 1_000_000;
export const TEN_MILLION = 10_000_000;

/** The rows of the table that are wanted; none for all. */
export const only = (env.ONLY ?? '').split(/[\s,]+/).filter(Boolean).map(Number);
/** How often each side of a comparison is measured, and for how long. */
export const rounds = number('ROUNDS', 3);
export const seconds = number('ROUND_SECONDS', 3);
/** The same for the median time of one connection, which is steadier than how much several get done. */
export const secondsOfOne = Math.ceil(seconds / 2);
/** How long a program is loaded before its memory is read. */
export const memorySeconds = number('MEMORY_SECONDS', 60);

/** Kept between runs: seeding ten million customers takes long. Postgres, which refuses to be root, must be able to reach it. */
export const data = resolve(env.BENCH_DATA ?? (isRoot ? '/var/lib/lastmile-bench' : join(homedir(), '.local/share/lastmile-bench')));
export const results = resolve(env.BENCH_RESULTS ?? join(root, 'bench/results'));
/** In memory where that can be: a program's log on the disk of the database makes the next commit wait for both. */
export const temporary = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export const lastmile = resolve(env.LASTMILE ?? join(env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release/lastmile'));

/** The directory of Postgres's programs: the one that is named, else the newest. */
export const postgresBin = (() => {
  if (env.LASTMILE_POSTGRES_BIN) return env.LASTMILE_POSTGRES_BIN;
  const all = '/usr/lib/postgresql';
  const versions = existsSync(all) ? readdirSync(all).sort((a, b) => Number(b) - Number(a)) : [];
  const found = [...versions.map((version) => join(all, version, 'bin')), ...(env.PATH ?? '').split(':')].find((bin) => existsSync(join(bin, 'initdb')));
  if (!found) throw new Error('no initdb found: install the package postgresql or set LASTMILE_POSTGRES_BIN');
  return found;
})();
