import Link from 'next/link';
import { COLUMNS, SORTS, parse, sorted, write } from '../../lib/address.js';
import { list } from '../../lib/customers.js';
import { grouped } from '../../lib/format.js';
import Filters from './filters.js';
import Rows from './rows.js';

export default async function Page({ searchParams }) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(await searchParams)) for (const one of [value].flat()) params.append(key, one);
  const query = parse(params);
  const { rows, total, before, previous, next, today } = await list(query);
  const first = previous && write({ ...query, page: null });
  const range = rows.length ? `${grouped(before + 1)}-${grouped(before + rows.length)} of ${grouped(total)}` : '0 customers';
  return (
    <main>
      <h1>Customers</h1>
      <Filters query={query} />
      <table>
        <caption>Customers</caption>
        <thead>
          <tr>
            {COLUMNS.map(([label, sorts]) => (
              <th key={label} scope="col" aria-sort={sorts.includes(query.by) ? (query.descending ? 'descending' : 'ascending') : undefined}>
                {sorts.length ? sorts.map((by) => <Sort key={by} by={by} query={query} />) : label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.length ? <Rows rows={rows} today={today} /> : <tr><td colSpan={COLUMNS.length}>No customers match. Try fewer filters or another spelling.</td></tr>}
        </tbody>
      </table>
      <nav aria-label="Pages">
        <span className="range">{range}</span>
        <To label="First" href={first} />
        <To label="Previous" href={previous && write({ ...query, page: previous })} />
        <To label="Next" href={next && write({ ...query, page: next })} />
      </nav>
    </main>
  );
}

// Links are not prefetched: a dozen of them would query the database on every visit.
function Sort({ by, query }) {
  const arrow = query.by === by ? (query.descending ? ' ↓ ' : ' ↑ ') : ' ';
  return <Link prefetch={false} href={sorted(query, by)}>{SORTS[by][0] + arrow}</Link>;
}

function To({ label, href }) {
  return href ? <Link prefetch={false} className="button" href={href}>{label}</Link> : <span className="button off">{label}</span>;
}
