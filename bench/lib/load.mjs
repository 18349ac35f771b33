// Load: wrk for programs, pgbench for the database alone, and a client of one connection that asks many different things.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { median } from './figures.mjs';
import * as settings from './settings.mjs';

const here = import.meta.dirname;

/** The load that the table speaks of. */
export const CONNECTIONS = 8;

/**
 * Asks a program for paths in turn, as fast as it answers. An answer that is no success is no answer: it fails the measurement.
 * @returns {Promise<{ rate: number, p50: number, processorTime: number }>} requests/s, microseconds, microseconds for a request
 */
export async function http(service, paths, { connections = CONNECTIONS, threads = Math.min(2, connections), seconds = settings.seconds, script = 'paths' } = {}) {
  const words = ['-t', threads, '-c', connections, '-d', `${seconds}s`, '--timeout', '30s', '-s', join(here, `wrk-${script}.lua`)];
  if (service.cookie) words.push('-H', `Cookie: ${service.cookie}`);
  const before = service.processorTime();
  const printed = await run('wrk', [...words, service.url, '--', ...[paths].flat()].map(String), { cwd: here });
  const said = JSON.parse(printed.trim().split('\n').at(-1));
  if (said.requests === 0 || said.failed > 0) throw new Error(`${service.name}: ${said.failed} of ${said.requests} answers were no success`);
  return { rate: said.requests / (said.microseconds / 1e6), p50: said.p50, processorTime: (service.processorTime() - before) / said.requests };
}

/** A script of pgbench that runs statements, with their values as parameters; and the words that give it the values. */
export function script(statements) {
  const values = [];
  const texts = statements.map((statement, place) => {
    // pgbench would take it for a variable.
    if (/(?<!:):\w/.test(statement.text)) throw new Error(`pgbench cannot run a statement with a colon in it: ${statement.text}`);
    return `${statement.text.replace(/\$(\d+)/g, (_, number) => {
      const value = statement.values[number - 1];
      if (value === null || value === undefined) return 'NULL';
      const name = `p${place}_${number}`;
      values.push('-D', `${name}=${value}`);
      return `:${name}`;
    })};`;
  });
  return { text: `${texts.join('\n')}\n`, values };
}

/**
 * Runs a script of pgbench with prepared statements; `options` are settings of its sessions.
 * @returns {Promise<{ rate: number, p50: number }>} scripts/s, microseconds for one
 */
export async function pgbench(cluster, database, { text, values }, { clients = CONNECTIONS, seconds = settings.seconds, options = '' } = {}) {
  const directory = mkdtempSync(join(settings.temporary, 'lastmile-pgbench.'));
  try {
    const file = join(directory, 'script.sql');
    writeFileSync(file, text);
    const words = ['-n', '-M', 'prepared', '-c', clients, '-j', Math.min(2, clients), '-T', seconds, '-f', file, ...values];
    // Writing down how long each took costs pgbench time: only where that is the question.
    const timed = clients === 1 ? ['-l', '--log-prefix', join(directory, 'took')] : [];
    const printed = await run(join(settings.postgresBin, 'pgbench'), [...words, ...timed].map(String), { env: cluster.env(database, options) });
    const failed = /number of failed transactions: (\d+)/.exec(printed)?.[1] ?? '0';
    if (failed !== '0' || /\baborted\b/.test(printed)) throw new Error(`pgbench: ${printed}`);
    // The last is without the time to connect, in every version.
    const rate = Number([...printed.matchAll(/^tps = ([\d.]+)/gm)].at(-1)[1]);
    const logs = readdirSync(directory).filter((name) => name.startsWith('took'));
    const took = logs.flatMap((name) => readFileSync(join(directory, name), 'utf8').trim().split('\n').map((line) => Number(line.split(' ')[2])));
    return { rate, p50: took.length > 0 ? median(took) : Number.NaN };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One keep-alive connection, by hand: as little as can be stands between the program and the clock. */
export class Connection {
  static async open(service) {
    const connection = new Connection();
    const { hostname, port, host } = new URL(service.url);
    connection.head = ` HTTP/1.1\r\nHost: ${host}\r\nCookie: ${service.cookie ?? ''}\r\n\r\n`;
    connection.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(connection.socket, 'connect');
    return connection;
  }

  /** Asks for a path. @returns {Promise<{ status: number, took: number }>} with the time in microseconds */
  get(path) {
    const { socket } = this;
    return new Promise((answered, failed) => {
      let bytes = Buffer.alloc(0);
      const done = (settle, value) => {
        socket.off('data', read).off('close', closed).off('error', closed);
        settle(value);
      };
      const closed = () => done(failed, new Error(`the connection closed while ${path} was asked for`));
      const read = (more) => {
        bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = bytes.toString('latin1', 0, end);
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
        const whole = Number.isNaN(length) ? bytes.indexOf('\r\n0\r\n\r\n', end - 2) >= 0 : bytes.length >= end + 4 + length;
        if (whole) done(answered, { status: Number(head.split(' ')[1]), took: Number(process.hrtime.bigint() - began) / 1e3 });
      };
      socket.on('data', read).on('close', closed).on('error', closed);
      const began = process.hrtime.bigint();
      socket.write(`GET ${path}${this.head}`);
    });
  }

  close() {
    this.socket.destroy();
  }
}

/**
 * How long each of some requests takes, asked in turn so that whatever disturbs the machine disturbs all alike. What is slow is asked less often.
 * An answer that is no success fails the measurement.
 * @param {Record<string, { connection: Connection, path: string }>} sides
 * @returns {Promise<Record<string, number>>} the medians in microseconds
 */
export async function mediansInTurn(sides, { times = 30, milliseconds = 2500 } = {}) {
  const took = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  const ask = async (name) => {
    const { connection, path } = sides[name];
    const { status, took: time } = await connection.get(path);
    if (status !== 200) throw new Error(`${name} answered ${status} to ${path}`);
    return time;
  };
  // The first few warm caches and prepare statements; Postgres settles on a plan after five.
  const warm = Date.now() + milliseconds;
  for (let time = 0; time < 6 && Date.now() < warm; time++) for (const name of Object.keys(sides)) await ask(name);
  const until = Date.now() + milliseconds;
  for (let time = 0; time < times && (time < 3 || Date.now() < until); time++) {
    for (const name of Object.keys(sides)) took[name].push(await ask(name));
  }
  return Object.fromEntries(Object.entries(took).map(([name, values]) => [name, median(values)]));
}
