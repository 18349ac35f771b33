import { parse } from '../../lib/address.js';
import { list } from '../../lib/server/customers.js';

/** Only what the page shows, since it is sent twice, as HTML and as data for the browser. The browser parses the query from the address itself. */
export const load = ({ url }) => list(parse(url.searchParams));
