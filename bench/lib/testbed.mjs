// What the rows of the table use: the database cluster, the program and the peers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchJson, fetchText, listPath, requireSession } from './lastmile.mjs';
import * as settings from './settings.mjs';
import { captureStatements, countsEpoch, statementsByKind } from './statement-log.mjs';

export class Testbed {
  /**
   * @param {import('./postgres.mjs').Cluster} cluster
   * @param {import('./lastmile.mjs').Lastmile} program
   * @param {import('./peers.mjs').Peers} peers
   * @param {string} directory for files of this run
   */
  constructor(cluster, program, peers, directory) {
    Object.assign(this, { cluster, program, peers, directory, rows: settings.rows });
  }

  /** The name of the database with so many customers. */
  database(rows = this.rows) {
    return `lastmile_${rows}`;
  }

  /** Runs the program on a database while `use` runs, with more environment variables where they are given. */
  async withLastmile(database, use, env) {
    const service = await this.program.serve(this.cluster.url(database), env);
    try {
      return await use(service);
    } finally {
      await service.stop();
    }
  }

  /** Starts a peer on the database; the caller stops it. */
  servePeer(peer, options = {}) {
    return this.peers.serve(peer, { database: this.cluster.url(this.database()), workers: 2, ...options });
  }

  /** Runs a peer while `use` runs. */
  async withPeer(peer, options, use) {
    const service = await this.servePeer(peer, options);
    try {
      return await use(service);
    } finally {
      await service.stop();
    }
  }

  /** The statements behind an answer of the list's server function, with its counts cached. */
  statements(lastmile, database, address) {
    return captureStatements(this.cluster, database, () => fetchText(lastmile, listPath(address)));
  }

  /** The statements of the first answer after a change of a customer: the program reads the counts again. */
  async statementsAfterChange(lastmile, database, address) {
    const { rows } = statementsByKind(await this.statements(lastmile, database, address));
    const change = () => this.cluster.sql(database, countsEpoch(rows).advance);
    return captureStatements(this.cluster, database, () => fetchText(lastmile, listPath(address)), change);
  }

  /**
   * Runs Fastify while `use` runs, with the program's own statements for one address of the list and the program's session. Fails where
   * its answer differs from the program's, or where either of them answers without a valid session.
   */
  async withFastify(lastmile, address, workers, use) {
    const statements = statementsByKind(await this.statementsAfterChange(lastmile, this.database(), address));
    const file = join(this.directory, 'statements.json');
    writeFileSync(file, JSON.stringify(statements));
    return this.withPeer('fastify', { workers, env: { STATEMENTS: file } }, async (fastify) => {
      fastify.cookie = lastmile.cookie;
      const path = listPath(address);
      const [ours, theirs] = await Promise.all([lastmile, fastify].map((service) => fetchJson(service, path)));
      const differs = difference(ours, theirs);
      if (differs) throw new Error(`fastify's answer is not Lastmile's: ${differs}`);
      await Promise.all([lastmile, fastify].map((service) => requireSession(service, path)));
      return use(fastify);
    });
  }
}

/** Where two JSON values differ; undefined where they are equal. */
export function difference(a, b, path = '') {
  if (a === b) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return `${path || '/'} is ${JSON.stringify(a)} and ${JSON.stringify(b)}`;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(a[key], b[key], `${path}/${key}`);
    if (found) return found;
  }
  return undefined;
}

/** The plain list with 50 rows, and one with filters and another sort. */
export const LIST = '?size=50';
export const FILTERED = '?status=Active&churn=High&plan=Fiber&sort=-outstanding&size=50';
