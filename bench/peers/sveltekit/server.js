// A worker: SvelteKit's handler, and compression of what the build has not compressed, as a proxy would do it.
import compression from '@polka/compression';
import { createServer } from 'node:http';
import { handler } from './out/handler.js';

const compress = compression();
const server = createServer((request, response) => compress(request, response, () => handler(request, response)));
server.listen(Number(process.env.PORT), '127.0.0.1');
