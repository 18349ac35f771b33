'use client';
import { day, distance, rupees, speed } from '../../lib/format.js';

/** The rows. A client component, so that the browser receives their bare values and not a second copy of the table. */
export default function Rows({ rows, today }) {
  return rows.map(([account, name, status, plan, kbps, price, risk, nps, outstanding, bill]) => (
    <tr key={account}>
      <th scope="row">
        {name} <span className="sub">{`LM-${String(account).padStart(7, '0')}`}</span>
      </th>
      <td><span className={`tag ${status}`}>{status}</span></td>
      <td>{plan} <span className="sub">{speed(kbps)}</span></td>
      <td className="n">{rupees(price)}</td>
      <td><span className={`risk ${risk}`}>{risk}</span></td>
      <td className="n">{nps}</td>
      <td className="n"><span className={outstanding > 0 ? 'due' : 'sub'}>{rupees(outstanding)}</span></td>
      <td>
        {bill === null ? <span className="sub">–</span> : <>{day(bill)} <span className={bill < today ? 'due' : 'sub'}>{distance(bill, today)}</span></>}
      </td>
    </tr>
  ));
}
