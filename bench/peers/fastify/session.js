// Who sends a request: the program's own session lookup, for the token in the cookie.
import { hash } from 'node:crypto';

const COOKIE = /(?:^|; *)lastmile_session(?:_\d+)?=([\w-]{43})(?:;|$)/;
/** In the values that were captured: the SHA-256 of a token, and the time of the request. */
const TOKEN_HASH = /^\\x[0-9a-f]{64}$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;

/**
 * Makes a function that gives the session lookup of a request's cookies, or undefined where they carry no token. The lookup finds one row
 * where the token is one of a valid session, and none otherwise.
 */
export function sessionLookup(statement) {
  const { values } = statement;
  if (values.filter((value) => TOKEN_HASH.test(value)).length !== 1) throw new Error('the session lookup does not have one token hash among its parameters');
  return (cookies) => {
    const token = COOKIE.exec(cookies ?? '')?.[1];
    if (!token) return undefined;
    const own = (value) => {
      if (TOKEN_HASH.test(value)) return hash('sha256', token, 'buffer');
      return TIMESTAMP.test(value) ? new Date().toISOString() : value;
    };
    return { ...statement, values: values.map(own) };
  };
}
