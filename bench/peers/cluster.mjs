// The workers of a peer: node ../cluster.mjs SERVER starts them, prints `ready` when all of them accept connections, and ends when one of
// them ends, since a peer with half its workers would be measured wrongly.
import cluster from 'node:cluster';
import { resolve } from 'node:path';

const workers = Number(process.env.WORKERS || 2);
// Workers write to stderr, so that only `ready` goes to stdout.
cluster.setupPrimary({ exec: resolve(process.argv[2]), stdio: ['ignore', 2, 2, 'ipc'] });

let accepting = 0;
cluster.on('listening', () => ++accepting === workers && console.log('ready'));
cluster.on('exit', (worker, code, signal) => {
  console.error(`worker ${worker.id} has ended: ${signal ?? code}`);
  end(1);
});
for (let started = 0; started < workers; started++) cluster.fork();

function end(status) {
  for (const worker of Object.values(cluster.workers)) worker.process.kill();
  process.exit(status);
}
process.on('SIGTERM', () => end(0));
process.on('SIGINT', () => end(0));
