// Compresses the built files once, at brotli's highest quality.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const DIST = join(import.meta.dirname, '../dist');
for (const name of readdirSync(DIST, { recursive: true })) {
  if (!/\.(html|js|css)$/.test(name)) continue;
  const body = readFileSync(join(DIST, name));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  writeFileSync(join(DIST, `${name}.br`), brotliCompressSync(body, { params }));
}
