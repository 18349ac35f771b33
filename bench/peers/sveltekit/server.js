// A worker: SvelteKit's handler, and compression of what was not compressed by the build, as a proxy before it would do.
import compression from '@polka/compression';
import { createServer } from 'node:http';
import { handler } from './out/handler.js';

const compress = compression();
const server = createServer((request, response) => compress(request, response, () => handler(request, response)));
server.listen(Number(process.env.PORT), '127.0.0.1');
