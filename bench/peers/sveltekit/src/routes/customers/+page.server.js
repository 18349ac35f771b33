import { parse } from '../../lib/address.js';
import { list } from '../../lib/server/customers.js';

/** Only what the page shows: it travels twice, as HTML and as data for the browser. What was asked, the browser reads from the address itself. */
export const load = ({ url }) => list(parse(url.searchParams));
