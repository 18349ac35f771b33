// The SQL statements of a request, as the program sends them: read from Postgres's log, so that both sides of a comparison run the same SQL.
import { openSync, readSync, closeSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A statement and the values of its parameters, as text.
 * @typedef {{ text: string, values: (string | null)[] }} Statement
 */

/**
 * The statements that the program sends to a database during `request`, in order. The request also runs once before, so that the statements
 * are those of a warm program: without what it does once for each connection. `prepare` runs between the two requests.
 * @returns {Promise<Statement[]>}
 */
export async function captureStatements(cluster, database, request, prepare = async () => {}) {
  await request();
  await prepare();
  await cluster.set({ log_statement: 'all' });
  try {
    const file = join(cluster.data, await cluster.value('postgres', `SELECT pg_current_logfile('${cluster.logFormat}')`));
    const start = statSync(file).size;
    await request();
    await sleep(300); // until the log is written
    const entries = parseLog(cluster.logFormat, readFrom(file, start)).filter((entry) => entry.database === database && entry.program === 'lastmile');
    const statements = entries.flatMap(parseStatement);
    if (statements.length === 0) throw new Error("Postgres's log shows no statement of the program");
    return statements;
  } finally {
    await cluster.set({ log_statement: null });
  }
}

function readFrom(file, start) {
  const bytes = Buffer.alloc(statSync(file).size - start);
  const opened = openSync(file, 'r');
  readSync(opened, bytes, 0, bytes.length, start);
  closeSync(opened);
  return bytes.toString();
}

function parseLog(format, text) {
  if (format === 'jsonlog') {
    const lines = text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    return lines.map(({ dbname, application_name, message, detail }) => ({ database: dbname, program: application_name, message, detail }));
  }
  return parseCsv(text).map((fields) => ({ database: fields[2], program: fields[22], message: fields[13], detail: fields[14] }));
}

/** The lines of a CSV log; a quoted field may contain anything. */
function parseCsv(text) {
  const lines = [[]];
  for (const [, quoted, plain, after] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    lines.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (after === '\n') lines.push([]);
  }
  return lines.filter((line) => line.length > 22);
}

/** Sent in the background about once a minute (`last_seen_at`), or once for each connection: its settings and the types of the database. */
const NOT_OF_THE_REQUEST = /^\s*UPDATE sessions\b|\bFROM pg_catalog\.pg_type\b|\bpg_type\.oid\b|\bset_config\b/;

/** @returns {Statement[]} */
function parseStatement({ message, detail }) {
  const text = /^(?:execute [^:]*|statement): ([\s\S]*)$/.exec(message)?.[1];
  if (text === undefined || NOT_OF_THE_REQUEST.test(text)) return [];
  const values = [];
  for (const [, number, value, quoted] of (detail ?? '').matchAll(/\$(\d+) = (NULL|'((?:[^']|'')*)')/g)) {
    values[Number(number) - 1] = value === 'NULL' ? null : quoted.replaceAll("''", "'");
  }
  return [{ text, values }];
}

const KINDS = {
  session: /\bFROM\s+sessions\b/,
  counts: /\bcustomer_counts\b|\bGROUP BY (?:status|segment)\b/,
  rows: /\bFROM\s+(?:customers|customer_summary)\b[\s\S]*\bORDER BY\b[\s\S]*\bLIMIT\b/,
};

/** The statements by what they read: `session`, `counts`, `rows`. A statement that reads several has all their names (`counts+rows`). */
export function statementsByKind(statements) {
  const named = {};
  for (const statement of statements) {
    const name = Object.keys(KINDS).filter((kind) => KINDS[kind].test(statement.text)).join('+') || 'other';
    let key = name;
    for (let number = 2; key in named; number++) key = `${name}${number}`;
    named[key] = statement;
  }
  return named;
}

/** The beginning of a column of the rows' statement: `, (SELECT epoch FROM customer_counts_epoch) ...`. */
const EPOCH_COLUMN = /, \(SELECT (?:\w+\.)?(\w+) FROM (customer_count\w+)/;

/**
 * The epoch of the counts, the last column of the rows' statement: as long as it is the same, the program's cached counts are right.
 * @param {Statement} rows
 * @returns {{ advance: string, withoutEpoch: Statement }} a statement that advances the epoch, and the rows' statement without its column
 */
export function countsEpoch(rows) {
  const match = EPOCH_COLUMN.exec(rows?.text);
  if (!match) throw new Error("the statement of the list's rows does not read the epoch of the counts");
  const [, source, table] = match;
  const end = endOfColumn(rows.text, match.index + 1);
  if (!/^\s*FROM\b/.test(rows.text.slice(end))) throw new Error("the epoch of the counts is not the last column of the list's rows");
  return {
    advance: `UPDATE ${table} SET ${source} = ${source} + 1`,
    withoutEpoch: { ...rows, text: rows.text.slice(0, match.index) + rows.text.slice(end) },
  };
}

/** Where the column of a select list ends that begins at `start`: at a comma or a FROM outside of parentheses. */
function endOfColumn(text, start) {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (depth === 0 && (text[at] === ',' || /^\sFROM\b/.test(text.slice(at, at + 6)))) return at;
  }
  return text.length;
}
