// Starts the workers, prints `ready` when all of them accept connections, and ends when one of them ends, since a peer with half its workers
// would be measured wrongly.
import cluster from 'node:cluster';

if (cluster.isPrimary) {
  const workers = Number(process.env.WORKERS || 2);
  let accepting = 0;
  cluster.on('listening', () => ++accepting === workers && console.log('ready'));
  const end = (status) => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill();
    process.exit(status);
  };
  cluster.on('exit', () => end(1));
  process.on('SIGTERM', () => end(0));
  process.on('SIGINT', () => end(0));
  for (let started = 0; started < workers; started++) cluster.fork();
} else {
  const { app } = await import('./app.js');
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}
