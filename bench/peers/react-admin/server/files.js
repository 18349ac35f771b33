// The built files and their compressed copies, in memory.
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const DIST = join(import.meta.dirname, '../dist');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };

export function files() {
  const names = readdirSync(DIST, { recursive: true }).filter((name) => TYPES[extname(name)]);
  return names.map((name) => ({
    path: name === 'index.html' ? '/' : `/${name}`,
    body: readFileSync(join(DIST, name)),
    brotli: readFileSync(join(DIST, `${name}.br`)),
    headers: {
      'content-type': TYPES[extname(name)],
      // A file with a hash in its name never changes.
      'cache-control': name === 'index.html' ? 'no-cache' : 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    },
  }));
}
