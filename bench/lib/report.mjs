// The table in Markdown, with the conditions of the run.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasBound, keepsBound } from './comparison.mjs';
import { ratio } from './format.mjs';
import { peerVersion } from './peers.mjs';
import { sharedBuffers } from './postgres.mjs';
import { elapsed, run } from './processes.mjs';
import * as settings from './settings.mjs';

/** How many processors are busy, on average over some seconds. */
export async function busyProcessors(seconds = 3) {
  const read = () => {
    const ticks = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/ +/).slice(1, 9).map(Number);
    return { all: ticks.reduce((sum, each) => sum + each, 0), idle: ticks[3] + ticks[4] };
  };
  const before = read();
  await sleep(seconds * 1000);
  const after = read();
  const used = 1 - (after.idle - before.idle) / (after.all - before.all);
  return used * cpus().length;
}

const bound = (check) => (hasBound(check) ? (check.max === undefined ? `at least ${check.min}x` : `at most ${check.max}x`) : 'for information');
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function line(check) {
  const { number, metric, baseline, notMeasured, note, details = '' } = check;
  const verdict = notMeasured ? 'not measured' : !hasBound(check) ? '' : keepsBound(check) ? 'yes' : '**no**';
  const value = notMeasured ? '' : ratio(check.ratio);
  const remarks = [notMeasured, details, note && `(${note})`].filter(Boolean).join(' ');
  return `| ${[number, metric, baseline, bound(check), value, verdict, remarks].map((each) => cell(String(each))).join(' | ')} |`;
}

/** The table in Markdown. */
export function table(checks) {
  const head = ['| # | metric | baseline | bound | ratio | holds | medians, ours / baseline (all rounds) |', '|---|---|---|---|---|---|---|'];
  const bounded = checks.filter(hasBound);
  const measured = bounded.filter((check) => !check.notMeasured);
  const sum = `${measured.filter(keepsBound).length} of ${measured.length} hold; ${bounded.length - measured.length} of ${bounded.length} not measured.`;
  return [...head, ...checks.map(line), '', sum].join('\n');
}

const firstLine = async (program, ...args) => (await run(program, args).catch((error) => error.message)).trim().split('\n')[0];

async function commit() {
  const id = await firstLine('git', '-C', settings.root, 'rev-parse', '--short=12', 'HEAD');
  const changed = await run('git', ['-C', settings.root, 'status', '--porcelain', '--', ':!bench/results']).catch(() => '');
  return changed ? `${id}, with changes` : id;
}

/** The whole report in Markdown. `before` has the conditions before the first measurement: busy processors, and what was seeded. */
export async function report(cluster, rows, checks, before) {
  const processor = /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
  const peers = [...new Set(rows.flatMap((row) => row.peers ?? []))];
  const variables = ['ROWS', 'ONLY', 'ROUNDS', 'ROUND_SECONDS', 'MEMORY_SECONDS', 'CPUS', 'LASTMILE'];
  const given = variables.filter((name) => process.env[name]).map((name) => `${name}="${process.env[name]}" `);
  const conditions = {
    Customers: settings.rows.toLocaleString('en'),
    Command: `\`${given.join('')}bench/run\``,
    Commit: await commit(),
    Processor: `${processor}; ${availableParallelism()} processors, shared by everything`,
    Memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    'Busy before': `${before.busy.toFixed(2)} processors, by other programs; unless this is near 0, the figures mean little`,
    Duration: `${elapsed()} minutes, without the builds`,
    ...(before.seeded.length > 0 && { Seeded: before.seeded.join('; ') }),
    Kernel: `Linux ${release()}`,
    Postgres: `${cluster.version}, shared_buffers=${sharedBuffers}, all else as Debian configures it (fsync on)`,
    Lastmile: await firstLine(settings.lastmile, '--version'),
    'Node.js': `${process.version}; peers that bring their own name it below`,
    Python: await firstLine('python3', '--version'),
    Load: `wrk ${/\d+\.\d+\.\d+/.exec(await firstLine('wrk', '-v'))?.[0]}, ${await firstLine(`${settings.postgresBin}/pgbench`, '--version')}`,
    Rounds: `${settings.rounds} of ${settings.seconds} s for each side, in turn`,
    ...Object.fromEntries(peers.map((peer) => [`Peer ${peer}`, peerVersion(peer)])),
  };
  const list = Object.entries(conditions).map(([name, value]) => `- ${name}: ${value}`);
  const date = new Date().toISOString().slice(0, 10);
  return `# Measured on ${date}\n\n${list.join('\n')}\n\n${table(checks)}\n\nHow each row is measured, and why some bounds do not hold: [the benchmark's README](../README.md).\n`;
}
