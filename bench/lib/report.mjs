// The table, and what it was measured on.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { holds, isBound, ratio } from './figures.mjs';
import { version } from './peers.mjs';
import { sharedBuffers } from './postgres.mjs';
import { elapsed, run } from './processes.mjs';
import * as settings from './settings.mjs';

/** How many processors' time is used by anything, in the seconds of a look. */
export async function busy(seconds = 3) {
  const look = () => {
    const ticks = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/ +/).slice(1, 9).map(Number);
    return { all: ticks.reduce((sum, each) => sum + each, 0), idle: ticks[3] + ticks[4] };
  };
  const before = look();
  await sleep(seconds * 1000);
  const after = look();
  const used = 1 - (after.idle - before.idle) / (after.all - before.all);
  return used * cpus().length;
}

const bound = (check) => (isBound(check) ? (check.most === undefined ? `at least ${check.least}x` : `at most ${check.most}x`) : 'told only');
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function line(check) {
  const { number, what, against, missing, note, figures = '' } = check;
  const verdict = missing ? 'not measured' : !isBound(check) ? '' : holds(check) ? 'yes' : '**no**';
  const measured = missing ? '' : ratio(check.ratio);
  const told = [missing, figures, note && `(${note})`].filter(Boolean).join(' ');
  return `| ${[number, what, against, bound(check), measured, verdict, told].map((value) => cell(String(value))).join(' | ')} |`;
}

/** The table in Markdown. */
export function table(measured) {
  const head = ['| # | what | against | must be | is | holds | medians, ours / theirs (all rounds) |', '|---|---|---|---|---|---|---|'];
  const bounds = measured.filter(isBound);
  const kept = bounds.filter((check) => !check.missing);
  const sum = `${kept.filter(holds).length} of ${kept.length} hold; ${bounds.length - kept.length} of ${bounds.length} not measured.`;
  return [...head, ...measured.map(line), '', sum].join('\n');
}

const first = async (program, ...words) => (await run(program, words).catch((fault) => fault.message)).trim().split('\n')[0];

async function commit() {
  const id = await first('git', '-C', settings.root, 'rev-parse', '--short=12', 'HEAD');
  const changed = await run('git', ['-C', settings.root, 'status', '--porcelain', '--', ':!bench/results']).catch(() => '');
  return changed ? `${id}, with changes` : id;
}

/** The whole report in Markdown. `before` is what it was measured in: how busy the processors were with other things, and what was said of seeding. */
export async function report(cluster, rows, measured, before) {
  const processor = /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
  const peers = [...new Set(rows.flatMap((row) => row.peers ?? []))];
  const given = ['ROWS', 'ONLY', 'ROUNDS', 'ROUND_SECONDS', 'MEMORY_SECONDS', 'CPUS', 'LASTMILE'].filter((name) => process.env[name]).map((name) => `${name}="${process.env[name]}" `);
  const facts = {
    Customers: settings.rows.toLocaleString('en'),
    Command: `\`${given.join('')}bench/run\``,
    Commit: await commit(),
    Processor: `${processor}, ${availableParallelism()} processors used by everything together`,
    Memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    'Busy before': `${before.busy.toFixed(2)} processors, with what is not of this run; the figures are worth little where it is not near 0`,
    Duration: `${elapsed()} minutes, without the builds`,
    ...(before.seeded.length > 0 && { Seeded: before.seeded.join('; ') }),
    Kernel: `Linux ${release()}`,
    Postgres: `${cluster.version}, shared_buffers=${sharedBuffers}, all else as Debian has it (fsync on)`,
    Lastmile: await first(settings.lastmile, '--version'),
    'Node.js': `${process.version}; peers that bring their own name it below`,
    Python: await first('python3', '--version'),
    Load: `wrk ${/\d+\.\d+\.\d+/.exec(await first('wrk', '-v'))?.[0]}, ${await first(`${settings.postgresBin}/pgbench`, '--version')}`,
    Rounds: `${settings.rounds} of ${settings.seconds} s for each side, in turn`,
    ...Object.fromEntries(peers.map((peer) => [`Peer ${peer}`, version(peer)])),
  };
  const list = Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`);
  return `# Measured on ${new Date().toISOString().slice(0, 10)}\n\n${list.join('\n')}\n\n${table(measured)}\n\nHow each figure is made, and why some do not hold, is in [the benchmark's README](../README.md).\n`;
}
