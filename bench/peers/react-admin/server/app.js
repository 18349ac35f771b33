// The JSON API and the built files.
import compress from '@fastify/compress';
import Fastify from 'fastify';
import { constants } from 'node:zlib';
import * as customers from './customers.js';
import { files } from './files.js';

export const app = Fastify();

// The quality at which brotli is worth its time for a response that is compressed once.
await app.register(compress, { global: false, brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } } });

/** Violated constraints as status and message. */
const CONSTRAINT_ERRORS = {
  customers_email_key: [409, 'A customer with this email exists already.'],
  customers_referred_by_fkey: [422, 'There is no customer with the account number of the referrer.'],
};

app.setErrorHandler((fault, request, reply) => {
  const isRefused = /^(22|23)/.test(fault.code ?? '');
  const [status, message] = CONSTRAINT_ERRORS[fault.constraint] ?? (isRefused ? [422, fault.message] : [fault.statusCode ?? 500, fault.message]);
  if (status === 500) console.error(fault);
  reply.code(status).send({ message });
});

const found = (row) => row ?? Promise.reject(Object.assign(new Error('There is no such customer, or somebody has changed it since.'), { statusCode: 404 }));
const zipped = { compress: { threshold: 1024 } };
const text = { type: 'string' };
const params = { type: 'object', properties: { id: { ...text, format: 'uuid' } } };
const one = { schema: { params } };
// The derived columns need these; the table itself checks the rest.
const body = { type: 'object', required: ['name', 'city', 'email', 'phone'], properties: { name: text, city: text, email: text, phone: text } };

app.get('/api/customers', { ...zipped, schema: { response: { 200: customers.LIST } } }, ({ query }) => customers.list(query));
app.get('/api/customers/:id', { ...zipped, ...one }, async ({ params }) => found(await customers.get(params.id)));
app.post('/api/customers', { schema: { body } }, ({ body }) => customers.create(body));
app.put('/api/customers/:id', { schema: { params, body } }, async ({ params, body }) => found(await customers.update(params.id, body)));
app.delete('/api/customers/:id', one, async ({ params }) => found(await customers.remove(params.id)));
app.get('/api/referrers', zipped, ({ query }) => customers.referrers(query));

for (const { path, body, brotli, headers } of files()) {
  app.get(path, (request, reply) => {
    reply.headers(headers);
    if (!/\bbr\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(body);
    return reply.header('content-encoding', 'br').send(brotli);
  });
}
