// Measures the rows of the table, one after the other, and writes the table.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { House } from './house.mjs';
import { Lastmile } from './lastmile.mjs';
import { Peers } from './peers.mjs';
import { Cluster } from './postgres.mjs';
import { atEnd, end, notAtEnd, run, say } from './processes.mjs';
import { ratio, holds } from './figures.mjs';
import { busy, report } from './report.mjs';
import * as settings from './settings.mjs';

/**
 * A module of rows/: some lines of the table.
 * @typedef {object} Row
 * @property {number} number
 * @property {import('./figures.mjs').Check[]} checks what is measured, without figures
 * @property {string[]} [peers] that it needs
 * @property {number} [definedAt] how many customers its aim speaks of
 * @property {{ above: number }} [needs] how many customers it cannot do without
 * @property {(house: House) => Promise<import('./figures.mjs').Check[]>} measure
 */

/** @returns {Promise<Row[]>} */
async function rows() {
  const names = readdirSync(new URL('rows/', import.meta.url)).filter((name) => /^\d+.*\.mjs$/.test(name)).sort();
  const all = (await Promise.all(names.map((name) => import(new URL(`rows/${name}`, import.meta.url))))).sort((a, b) => a.number - b.number);
  const numbers = (row) => row.numbers ?? [row.number];
  return settings.only.length === 0 ? all : all.filter((row) => numbers(row).some((number) => settings.only.includes(number)));
}

/** Why something was not measured, short and without this machine's directories: what was said in full is in the log above it. */
const inShort = (reason) => reason.split('\n')[0].replaceAll(`${settings.root}/`, '').slice(0, 200);

/** Measures a row; what goes wrong is said in its lines, and stops no other. */
async function measure(row, house) {
  const number = (check) => check.number ?? row.number;
  if (row.needs && house.rows <= row.needs.above) {
    const missing = `needs ROWS above ${row.needs.above.toLocaleString('en')}; defined at ${row.definedAt.toLocaleString('en')}`;
    return row.checks.map((check) => ({ ...check, number: number(check), missing }));
  }
  for (const check of row.checks) say(`${number(check)}: ${check.what} / ${check.against}`);
  try {
    const measured = await row.measure(house);
    const elsewhere = row.definedAt && row.definedAt !== house.rows ? { note: `defined at ${row.definedAt.toLocaleString('en')} customers` } : {};
    for (const check of measured) say(`${number(check)}: ${check.missing ? `not measured: ${check.missing}` : `${ratio(check.ratio)}, ${holds(check) ? 'holds' : 'DOES NOT HOLD'}`}`);
    return measured.map((check) => ({ ...elsewhere, ...check, ...(check.missing && { missing: inShort(check.missing) }), number: number(check) }));
  } catch (fault) {
    notAtEnd();
    say(`${number(row.checks[0])}: not measured: ${fault.message}`);
    return row.checks.map((check) => ({ ...check, number: number(check), missing: inShort(fault.message) }));
  }
}

async function main() {
  const wanted = await rows();
  await run('wrk', ['-v']).catch((fault) => {
    // It prints its version and ends with 1.
    if (fault.code === 'ENOENT') throw new Error('wrk is missing: install the package wrk (tools/set-up bench does it)');
  });
  const directory = mkdtempSync(join(settings.temporary, 'lastmile-bench-run.'));
  atEnd(async () => rmSync(directory, { recursive: true, force: true }));
  const program = new Lastmile(directory);
  const peers = new Peers(directory);
  await peers.build([...new Set(wanted.flatMap((row) => row.peers ?? []))]);
  const cluster = await Cluster.start();
  for (const count of new Set([settings.rows, settings.SMALL])) await cluster.customers(count, program);
  const house = new House(cluster, program, peers, directory);
  const before = { busy: await busy(), seeded: cluster.seeded };
  const measured = [];
  for (const row of wanted) measured.push(...(await measure(row, house)));
  notAtEnd();
  const written = await report(cluster, wanted, measured, before);
  mkdirSync(settings.results, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  let file = join(settings.results, `${date}-${settings.rows}.md`);
  for (let again = 2; existsSync(file); again++) file = join(settings.results, `${date}-${settings.rows}-${again}.md`);
  writeFileSync(file, written);
  process.stdout.write(written);
  say(`written to ${file}`);
}

let stopped = false;
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.on(signal, async () => {
    if (stopped) return;
    stopped = true;
    say('stopping');
    await end();
    process.exit(code);
  });
}
try {
  await main();
} catch (fault) {
  if (!stopped) {
    say(fault.message);
    process.exitCode = 1;
  }
} finally {
  if (!stopped) await end();
}
