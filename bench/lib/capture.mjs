// The statements of a request, as the program sends them: read from Postgres's log, so that what is compared is the same SQL by construction.
import { openSync, readSync, closeSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A statement and the values of its parameters, as text.
 * @typedef {{ text: string, values: (string | null)[] }} Statement
 */

/**
 * The statements that the program sends to a database while `request` runs, in their order. The request runs before, too, so that the
 * statements are those of a busy program: without what is done once for a connection or a minute. `before` is done between the two.
 * @returns {Promise<Statement[]>}
 */
export async function capture(cluster, database, request, before = async () => {}) {
  await request();
  await before();
  await cluster.set({ log_statement: 'all' });
  try {
    const file = join(cluster.data, await cluster.value('postgres', `SELECT pg_current_logfile('${cluster.log}')`));
    const from = statSync(file).size;
    await request();
    await sleep(300); // until the log is written
    const found = entries(cluster.log, read(file, from)).filter((entry) => entry.database === database && entry.program === 'lastmile');
    const statements = found.flatMap(statement);
    if (statements.length === 0) throw new Error("Postgres's log shows no statement of the program");
    return statements;
  } finally {
    await cluster.set({ log_statement: null });
  }
}

function read(file, from) {
  const bytes = Buffer.alloc(statSync(file).size - from);
  const opened = openSync(file, 'r');
  readSync(opened, bytes, 0, bytes.length, from);
  closeSync(opened);
  return bytes.toString();
}

function entries(format, text) {
  if (format === 'jsonlog') {
    const lines = text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    return lines.map(({ dbname, application_name, message, detail }) => ({ database: dbname, program: application_name, message, detail }));
  }
  return csv(text).map((fields) => ({ database: fields[2], program: fields[22], message: fields[13], detail: fields[14] }));
}

/** Lines of CSV, whose quoted fields may hold anything. */
function csv(text) {
  const lines = [[]];
  for (const [, quoted, plain, after] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    lines.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (after === '\n') lines.push([]);
  }
  return lines.filter((line) => line.length > 22);
}

/** @returns {Statement[]} */
function statement({ message, detail }) {
  const text = /^(?:execute [^:]*|statement): ([\s\S]*)$/.exec(message)?.[1];
  // Beside the answer, once a minute, and nobody waits for it; and what a connection asks once: its settings, and the types of the database.
  if (text === undefined || /^\s*UPDATE sessions\b|\bFROM pg_catalog\.pg_type\b|\bpg_type\.oid\b|\bset_config\b/.test(text)) return [];
  const values = [];
  for (const [, number, value, quoted] of (detail ?? '').matchAll(/\$(\d+) = (NULL|'((?:[^']|'')*)')/g)) {
    values[Number(number) - 1] = value === 'NULL' ? null : quoted.replaceAll("''", "'");
  }
  return [{ text, values }];
}

const KINDS = {
  session: /\bFROM\s+sessions\b/,
  counts: /\bcustomer_counts\b|\bGROUP BY status\b/,
  rows: /\bFROM\s+customers\b[\s\S]*\bORDER BY\b[\s\S]*\bLIMIT\b/,
};

/** Which statement is which: `session`, `counts`, `rows`; one that does the work of several has all their names (`counts+rows`). */
export function byKind(statements) {
  const named = {};
  for (const statement of statements) {
    const name = Object.keys(KINDS).filter((kind) => KINDS[kind].test(statement.text)).join('+') || 'other';
    let free = name;
    for (let number = 2; free in named; number++) free = `${name}${number}`;
    named[free] = statement;
  }
  return named;
}
