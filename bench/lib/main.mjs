// Measures the rows one after the other, and writes the table.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepsBound, hasBound } from './comparison.mjs';
import { ratio } from './format.mjs';
import { Lastmile } from './lastmile.mjs';
import { Peers } from './peers.mjs';
import { Cluster } from './postgres.mjs';
import { log, onShutdown, run, shutDown, throwIfShuttingDown } from './processes.mjs';
import { busyProcessors, report } from './report.mjs';
import * as settings from './settings.mjs';
import { Testbed } from './testbed.mjs';

/**
 * A module of rows/: some lines of the table.
 * @typedef {object} Row
 * @property {number} number
 * @property {number[]} [numbers] where it has several
 * @property {import('./comparison.mjs').Check[]} checks what it measures, without figures
 * @property {string[]} [peers] the peers that it needs
 * @property {number} [definedAt] how many customers its bound is meant for
 * @property {{ above: number }} [needs] it needs more customers than this
 * @property {(testbed: Testbed) => Promise<import('./comparison.mjs').Check[]>} measure
 */

/** @returns {Promise<Row[]>} */
async function loadRows() {
  const names = readdirSync(new URL('rows/', import.meta.url)).filter((name) => /^\d+.*\.mjs$/.test(name)).sort();
  const rows = (await Promise.all(names.map((name) => import(new URL(`rows/${name}`, import.meta.url))))).sort((a, b) => a.number - b.number);
  const numbers = (row) => row.numbers ?? [row.number];
  return settings.only.length === 0 ? rows : rows.filter((row) => numbers(row).some((number) => settings.only.includes(number)));
}

/** An error in short and without this machine's directories; the whole error is in the log. */
const shorten = (message) => message.split('\n')[0].replaceAll(`${settings.root}/`, '').slice(0, 200);

const verdict = (check) => {
  if (check.notMeasured) return `not measured: ${check.notMeasured}`;
  if (!hasBound(check)) return ratio(check.ratio);
  return `${ratio(check.ratio)}, ${keepsBound(check) ? 'holds' : 'DOES NOT HOLD'}`;
};

/** Measures a row. An error is written into its lines, and the other rows are measured all the same. */
async function measureRow(row, testbed) {
  const number = (check) => check.number ?? row.number;
  if (row.needs && testbed.rows <= row.needs.above) {
    const notMeasured = `needs ROWS above ${row.needs.above.toLocaleString('en')}; defined at ${row.definedAt.toLocaleString('en')}`;
    return row.checks.map((check) => ({ ...check, number: number(check), notMeasured }));
  }
  for (const check of row.checks) log(`${number(check)}: ${check.metric} / ${check.baseline}`);
  try {
    const checks = await row.measure(testbed);
    const note = row.definedAt && row.definedAt !== testbed.rows ? { note: `defined at ${row.definedAt.toLocaleString('en')} customers` } : {};
    for (const check of checks) log(`${number(check)}: ${verdict(check)}`);
    return checks.map((check) => ({ ...note, ...check, ...(check.notMeasured && { notMeasured: shorten(check.notMeasured) }), number: number(check) }));
  } catch (error) {
    throwIfShuttingDown();
    log(`${number(row.checks[0])}: not measured: ${error.message}`);
    return row.checks.map((check) => ({ ...check, number: number(check), notMeasured: shorten(error.message) }));
  }
}

/** A file for the report that does not exist yet. */
function resultFile() {
  mkdirSync(settings.results, { recursive: true });
  const name = `${new Date().toISOString().slice(0, 10)}-${settings.rows}`;
  let file = join(settings.results, `${name}.md`);
  for (let number = 2; existsSync(file); number++) file = join(settings.results, `${name}-${number}.md`);
  return file;
}

async function main() {
  const rows = await loadRows();
  await run('wrk', ['-v']).catch((error) => {
    // wrk prints its version and ends with 1.
    if (error.code === 'ENOENT') throw new Error('wrk is missing: install the package wrk (tools/set-up bench does it)');
  });
  const directory = mkdtempSync(join(settings.temporary, 'lastmile-bench-run.'));
  onShutdown(async () => rmSync(directory, { recursive: true, force: true }));
  const program = new Lastmile(directory);
  const peers = new Peers(directory);
  await peers.build([...new Set(rows.flatMap((row) => row.peers ?? []))]);
  const cluster = await Cluster.start();
  for (const size of new Set([settings.rows, settings.SMALL])) await cluster.prepareDatabase(size, program);
  const testbed = new Testbed(cluster, program, peers, directory);
  const before = { busy: await busyProcessors(), seeded: cluster.seeded };
  const checks = [];
  for (const row of rows) checks.push(...(await measureRow(row, testbed)));
  throwIfShuttingDown();
  const text = await report(cluster, rows, checks, before);
  const file = resultFile();
  writeFileSync(file, text);
  process.stdout.write(text);
  log(`written to ${file}`);
}

let interrupted = false;
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.on(signal, async () => {
    if (interrupted) return;
    interrupted = true;
    log('shutting down');
    await shutDown();
    process.exit(code);
  });
}
try {
  await main();
} catch (error) {
  if (!interrupted) {
    log(error.message);
    process.exitCode = 1;
  }
} finally {
  if (!interrupted) await shutDown();
}
