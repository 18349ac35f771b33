// The statements of a request that writes, for pgbench: each run writes rows of its own.
import { randomBytes } from 'node:crypto';
import * as load from './load.mjs';

const UUIDV7 = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** When a UUIDv7 was made, in milliseconds since 1970. */
const madeAt = (uuid) => Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);

/** An id as the page makes it for a form: it begins with the time. */
export function uuidv7() {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `7${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}

/** A script, given its first key, that counts `:key` up with each run: in steps of 8, so that each of 8 clients has its own keys. */
export const countingKeys = ({ text, args }) => (first) => ({ text: `\\set n :n + 1\n\\set key ${first} + :n * 8 + :client_id\n${text}`, args: [...args, '-D', 'n=0'] });

/** The statements of a request up to its last COMMIT, where it has one; what follows is not part of the write. */
export function upToCommit(statements) {
  const commit = statements.findLastIndex(({ text }) => /^\s*COMMIT\b/i.test(text));
  return commit < 0 ? statements : statements.slice(0, commit + 1);
}

/**
 * A script of the statements in which every id that the request made is another in each run. `vary` gives an expression over `:key` for
 * other values that have to be other ones, where a value is one or has one in it: the values by their texts, each with its expression.
 * @param {import('./statement-log.mjs').Statement[]} statements
 * @param {string} firstId the first of the ids that the request made
 * @param {{ whole?: Record<string, string>, parts?: Record<string, string> }} vary
 */
export function varyingScript(statements, firstId, { whole = {}, parts = {} } = {}) {
  const all = statements.flatMap(({ values }) => values.flatMap((value) => value?.match(UUIDV7) ?? []));
  const ids = [...new Set(all)].filter((id) => madeAt(id) >= madeAt(firstId));
  // The expressions go in last, since `pgbenchScript` refuses colons other than those of casts.
  const expressions = [];
  const own = (expression) => `OWN_${expressions.push(expression) - 1}_`;
  const idOf = (id) => `lpad(to_hex(:key::bigint + (${ids.indexOf(id)}::bigint << 50)), 32, '0')::uuid::text`;
  const varied = statements.map(({ text, values }) => ({
    values,
    text: text.replace(/\$(\d+)/g, (placeholder, number) => {
      const value = values[number - 1] ?? '';
      if (ids.includes(value)) return `(${own(idOf(value))})::uuid`;
      if (value in whole) return own(whole[value]);
      const found = ids.filter((id) => value.includes(id)).map((id) => [id, idOf(id)]);
      found.push(...Object.entries(parts).filter(([part]) => value.includes(part)));
      if (found.length === 0) return placeholder;
      return found.reduce((changed, [part, expression]) => `replace(${changed}, '${part}', ${own(expression)})`, `${placeholder}::text`);
    }),
  }));
  const { text, args } = load.pgbenchScript(varied);
  return countingKeys({ text: text.replace(/\bOWN_(\d+)_/g, (_, index) => expressions[index]), args });
}
