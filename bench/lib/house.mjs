// What the rows of the table measure: the database, the program, the peers.
import { listPath, askJson, ask } from './lastmile.mjs';
import { capture, byKind } from './capture.mjs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as settings from './settings.mjs';

export class House {
  /**
   * @param {import('./postgres.mjs').Cluster} cluster
   * @param {import('./lastmile.mjs').Lastmile} program
   * @param {import('./peers.mjs').Peers} peers
   * @param {string} directory for files of this run
   */
  constructor(cluster, program, peers, directory) {
    Object.assign(this, { cluster, program, peers, directory, rows: settings.rows });
  }

  /** The name of a database with so many customers. */
  database(rows = this.rows) {
    return `lastmile_${rows}`;
  }

  /** Runs the program on a database for as long as `use` takes, with these variables if there are any. */
  async withLastmile(database, use, env) {
    const service = await this.program.serve(this.cluster.url(database), env);
    try {
      return await use(service);
    } finally {
      await service.stop();
    }
  }

  /** Starts a peer on the database; whoever starts it stops it. */
  servePeer(peer, options = {}) {
    return this.peers.serve(peer, { database: this.cluster.url(this.database()), workers: 2, ...options });
  }

  /** Runs a peer for as long as `use` takes. */
  async withPeer(peer, options, use) {
    const service = await this.servePeer(peer, options);
    try {
      return await use(service);
    } finally {
      await service.stop();
    }
  }

  /** The statements behind an answer of the list's server function. */
  statements(lastmile, database, address) {
    return capture(this.cluster, database, () => ask(lastmile, listPath(address)));
  }

  /** The same after somebody has changed a customer, and a session: the program keeps the counts and who asked until then, and reads them now. */
  statementsAfterChange(lastmile, database, address) {
    const change = `WITH counts AS (UPDATE customer_count_folds SET folds = folds + 1)
                    UPDATE session_changes SET mark = gen_random_uuid() RETURNING mark`;
    const changed = () => this.cluster.value(database, change);
    return capture(this.cluster, database, () => ask(lastmile, listPath(address)), changed);
  }

  /** Fastify with the program's own statements for one address of the list, which answers what the program answers. */
  async withFastify(lastmile, address, workers, use) {
    const statements = byKind(await this.statementsAfterChange(lastmile, this.database(), address));
    const file = join(this.directory, 'statements.json');
    writeFileSync(file, JSON.stringify(statements));
    return this.withPeer('fastify', { workers, env: { STATEMENTS: file } }, async (fastify) => {
      const [ours, theirs] = await Promise.all([lastmile, fastify].map((service) => askJson(service, listPath(address))));
      const different = difference(ours, theirs);
      if (different) throw new Error(`fastify answers something else than Lastmile: ${different}`);
      return use(fastify);
    });
  }
}

/** Where two values of JSON differ; nothing where they are the same. */
export function difference(a, b, path = '') {
  if (a === b) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return `${path || '/'} is ${JSON.stringify(a)} and ${JSON.stringify(b)}`;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(a[key], b[key], `${path}/${key}`);
    if (found) return found;
  }
  return undefined;
}

/** What a list's answer says in numbers: the total and the counts behind the choices. None where the program leaves them uncounted. */
export const numbersOf = (list) => ('numbers' in list ? list.numbers : list);

/** The plain list with 50 rows, and one with filters and another sort. */
export const LIST = '?size=50';
export const FILTERED = '?status=Active&churn=High&plan=Fiber&sort=-outstanding&size=50';

