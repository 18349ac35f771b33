// What stands on paper: bills, receipts, statements, the list and a record, as Chromium prints them on A4.
import type { Page } from '@playwright/test';
import type pg from 'pg';
import { print, screenWords, wordsIn, type Print } from '../support/pdf.ts';
import { createServices, day, dayText } from '../support/services.ts';
import { expect, statusMessage, test } from '../support/test.ts';
import { unique } from '../support/unique.ts';

/** An amount in paise as people read it: ₹1,23,456.50. */
function rupees(paise: string | number): string {
  const amount = Number(paise);
  const text = (Math.abs(amount) / 100).toLocaleString('en-IN', { minimumFractionDigits: amount % 100 === 0 ? 0 : 2 });
  return `${amount < 0 ? '−' : ''}₹${text}`;
}

/** What is owed, in words. */
function balance(paise: string | number): string {
  const owed = Number(paise);
  if (owed === 0) return 'Nothing due';
  return owed > 0 ? `${rupees(owed)} due` : `${rupees(-owed)} credit`;
}

/** In SQL: a day as pages show it. */
const dayOf = (column: string) => `to_char(${column}, 'FMDD Mon YYYY')`;
/** The number on a customer's bills. */
const ACCOUNT = `'LM-' || lpad(c.account_number::text, 7, '0')`;
/** Of a name that a font has letter by letter: of others the letters in a file are not in the order of the text. */
const LATIN = `~ '^[ -~]+$'`;

/** The only row that a statement finds. */
async function rowOf<T extends pg.QueryResultRow>(db: pg.Pool, statement: string, values: unknown[] = []): Promise<T> {
  const { rows } = await db.query<T>(statement, values);
  expect(rows).toHaveLength(1);
  return rows[0];
}

/** The lines of a letter's head: who is the provider. */
async function letterhead(db: pg.Pool, version?: string): Promise<string[]> {
  const provider = await rowOf<Record<string, string>>(
    db,
    `SELECT name, gstin, address_line || ', ' || city || ', ' || state || ' ' || pin_code AS address FROM providers
     WHERE version = coalesce($1, (SELECT max(version) FROM providers))`,
    [version],
  );
  return [provider.name, provider.address, `GSTIN ${provider.gstin}`];
}

/** The lines that a bill has. */
async function billLines(db: pg.Pool, id: string): Promise<string[]> {
  const bill = await rowOf<Record<string, string>>(
    db,
    `SELECT b.*, ${dayOf('issued_on')} AS issued, ${dayOf('due_on')} AS due, ${ACCOUNT} AS account, p.upi_id
     FROM bills b JOIN customers c ON c.id = b.customer_id JOIN providers p ON p.version = b.provider_version WHERE b.id = $1`,
    [id],
  );
  const { rows: lines } = await db.query<Record<string, string>>(
    `SELECT *, (gst_rate_bp / 100.0)::float8 AS rate, ${dayOf('from_on')} AS first, ${dayOf('to_on')} AS last FROM bill_lines WHERE bill_id = $1`,
    [id],
  );
  expect(lines.length).toBeGreaterThan(0);
  const isWithin = bill.supplied_from === bill.supplied_to;
  const amounts = (of: Record<string, string>) => {
    const taxes = isWithin ? [of.cgst_paise, of.sgst_paise] : [of.igst_paise];
    const parts = [of.taxable_paise, ...taxes];
    return [...parts, parts.reduce((sum, part) => sum + Number(part), 0)].map(rupees).join(' ');
  };
  return [
    `Tax invoice ${bill.number}`,
    ...(await letterhead(db, bill.provider_version)),
    `To ${bill.billed_name}`,
    ...(bill.customer_gstin ? [`GSTIN ${bill.customer_gstin}`] : []),
    `Account ${bill.account}`,
    `Date ${bill.issued}`,
    `Due ${bill.due}`,
    `Service SAC GST Amount ${isWithin ? 'CGST SGST' : 'IGST'} Total`,
    ...lines.flatMap((line) => [`${line.description} ${line.sac} ${line.rate}% ${amounts(line)}`, `${line.first} to ${line.last}`]),
    `Sum ${amounts(bill)}`,
    `Rounding ${rupees(bill.round_off_paise)}`,
    `Total ${rupees(bill.total_paise)}`,
    `Pay ${rupees(bill.open_paise)}`,
    `UPI ${bill.upi_id}`,
  ];
}

/** On the screen the name of the program, on paper the first word of the demo's provider. */
const PROGRAM = 'Lastmile';

/** Nothing of the screen is printed, nothing is cut off, and nothing is made small so that it fits. */
function expectPaper(found: Print, screen: string[]): void {
  expect(screen.length).toBeGreaterThan(5);
  expect(wordsIn(found.sheets, screen)).toEqual([]);
  expect(found.words.length).toBeGreaterThan(10);
  expect(found.words.filter(({ isOutside, height }) => isOutside || height < 8)).toEqual([]);
}

/** An address of the page ends with the id of what it shows. */
const shownId = (page: Page): string => new URL(page.url()).pathname.split('/').at(-1) ?? '';

test('a bill fits on one sheet, with its number, its lines, both taxes and how to pay', async ({ app, page, visit }) => {
  const { id } = await rowOf<{ id: string }>(
    app.db,
    `SELECT id FROM bills b WHERE kind = 'Invoice' AND cgst_paise > 0 AND open_paise = total_paise AND billed_name ${LATIN}
     ORDER BY (SELECT count(*) FROM bill_lines WHERE bill_id = b.id) DESC, id LIMIT 1`,
  );
  await visit(page, `/bills/${id}`);
  const screen = await screenWords(page, [PROGRAM]);
  expect(screen).toEqual(expect.arrayContaining(['Print', 'Take payment', 'Dues by age', 'Sign out']));
  const found = await print(page);
  expect(found.lines).toEqual(expect.arrayContaining(await billLines(app.db, id)));
  expect(found.sheets).toHaveLength(1);
  expectPaper(found, screen);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('img', { name: 'QR code to pay by UPI' })).toBeVisible();
});

test('a bill just issued to a business in another state prints its GSTIN and the one tax, and no message', async ({ app, page, visit, createCustomer }) => {
  const customer = await createCustomer({ city: 'Pune', state: 'Maharashtra', pin_code: '411001', gstin: '27AAPFU0939F1ZV' });
  await visit(page, `/customers/${customer.id}`);
  await page.getByRole('link', { name: /^Bill now/ }).click();
  await page.getByRole('button', { name: 'Issue bill' }).click();
  const message = statusMessage(page, /^Bill LM/);
  await expect(message).toBeVisible();
  const screen = await screenWords(page, [PROGRAM]);
  expect(screen).toContain(await message.locator('p').innerText());
  const found = await print(page);
  const lines = await billLines(app.db, shownId(page));
  const asked = [`To ${customer.name}`, 'GSTIN 27AAPFU0939F1ZV', `Account ${customer.account}`, 'Service SAC GST Amount IGST Total'];
  expect(lines).toEqual(expect.arrayContaining(asked));
  expect(found.lines).toEqual(expect.arrayContaining(lines));
  expect(found.sheets).toHaveLength(1);
  expectPaper(found, screen);
});

test('a receipt prints what was paid, how, and which bills it pays', async ({ app, newPage, visit }) => {
  const debtor = await rowOf<{ id: string; bills: string }>(
    app.db,
    `SELECT c.id, count(*) AS bills FROM customers c JOIN bills b ON b.customer_id = c.id
     WHERE c.status = 'Active' AND b.kind = 'Invoice' AND b.open_paise > 0 AND c.name ${LATIN} GROUP BY c.id ORDER BY bills DESC, c.id LIMIT 1`,
  );
  const page = await newPage('Staff');
  await visit(page, `/payments/new/${debtor.id}`);
  await page.getByLabel('Paid by').selectOption('UPI');
  await page.getByLabel('Reference').fill(`4${Date.now()}`);
  await page.getByRole('button', { name: 'Take payment' }).click();
  await expect(statusMessage(page, /^Receipt/)).toBeVisible();
  const screen = await screenWords(page, [PROGRAM]);
  const found = await print(page);
  const payment = await rowOf<Record<string, string>>(
    app.db,
    `SELECT p.*, ${dayOf('received_on')} AS day, c.name, ${ACCOUNT} AS account, s.outstanding_paise
     FROM payments p JOIN customers c ON c.id = p.customer_id JOIN customer_summary s ON s.id = c.id WHERE p.id = $1`,
    [shownId(page)],
  );
  const { rows: paid } = await app.db.query<Record<string, string>>(
    `SELECT coalesce(b.number, 'Brought forward') AS number, a.amount_paise FROM allocations a JOIN bills b ON b.id = a.bill_id WHERE payment_id = $1
     ORDER BY b.issued_on, b.id`,
    [payment.id],
  );
  expect(paid.length).toBeGreaterThanOrEqual(Number(debtor.bills));
  const bills = paid.map(({ number, amount_paise }) => `${number}: ${rupees(amount_paise)}`);
  expect(found.lines).toEqual(
    expect.arrayContaining([
      `Receipt ${payment.receipt}`,
      ...(await letterhead(app.db)),
      `Received from ${payment.name} ${payment.account}`,
      `Amount ${rupees(payment.amount_paise)}`,
      `Paid by UPI ${payment.reference}`,
      `Received on ${payment.day}`,
      `Taken by ${app.users.Staff.name}`,
      `Pays ${bills[0]}`,
      ...bills.slice(1),
      `Balance now ${balance(payment.outstanding_paise)}`,
    ]),
  );
  expect(found.sheets).toHaveLength(1);
  expectPaper(found, screen);
});

/** The rows of a statement with the balance after each, and the sums, in the order of the days. */
async function statementLines(db: pg.Pool, customer: string): Promise<string[]> {
  const { rows } = await db.query<Record<string, string>>(
    `SELECT ${dayOf('day')} AS shown, what, owed_paise, sum(owed_paise) OVER (ORDER BY day, place, id) AS balance
     FROM (
       SELECT issued_on AS day, 0 AS place, id, concat_ws(' ', kind, number) AS what, owed_paise FROM bills WHERE customer_id = $1
       UNION ALL
       SELECT received_on, 1, id, concat_ws(' ', 'Payment, ' || method, reference), -amount_paise FROM payments WHERE customer_id = $1
       UNION ALL
       SELECT reversed_on, 2, id, concat_ws(' ', CASE state WHEN 'Bounced' THEN 'Cheque bounced' ELSE 'Payment reversed, ' || method END, reason), amount_paise
       FROM payments WHERE customer_id = $1 AND state <> 'Received'
     ) AS entries
     ORDER BY day, place, id`,
    [customer],
  );
  return rows.map(({ shown, what, owed_paise, balance }) => `${shown} ${what} ${rupees(Math.abs(Number(owed_paise)))} ${rupees(balance)}`);
}

const outstanding = async (db: pg.Pool, customer: string): Promise<string> =>
  (await rowOf<{ paise: string }>(db, 'SELECT outstanding_paise AS paise FROM customer_summary WHERE id = $1', [customer])).paise;

/** The lines of a print that begin with a day. */
const entries = (lines: string[]): string[] => lines.filter((line) => /^\d{1,2} [A-Z][a-z]{2} \d{4} /.test(line));

test('a statement prints each entry with the balance after it, down to what is owed', async ({ app, page, visit }) => {
  const customer = await rowOf<Record<string, string>>(
    app.db,
    `SELECT c.id, c.name, ${ACCOUNT} AS account FROM customers c JOIN customer_summary s ON s.id = c.id
     WHERE c.deleted_at IS NULL AND s.outstanding_paise > 0 AND s.paid_paise > 0 AND c.name ${LATIN}
     ORDER BY (SELECT count(*) FROM payments WHERE customer_id = c.id AND state = 'Bounced') DESC, c.id LIMIT 1`,
  );
  await visit(page, `/statements/${customer.id}`);
  const screen = await screenWords(page, [PROGRAM]);
  expect(screen).toEqual(expect.arrayContaining(['From', 'Apply', 'CSV']));
  const found = await print(page);
  const rows = await statementLines(app.db, customer.id);
  const owed = await outstanding(app.db, customer.id);
  expect(found.lines).toEqual(
    expect.arrayContaining([...(await letterhead(app.db)), `${customer.name}, ${customer.account}`, 'Date Entry Billed Paid or credited Balance']),
  );
  expect(entries(found.lines)).toEqual(rows);
  expect(rows.at(-1)?.endsWith(` ${rupees(owed)}`)).toBe(true);
  expect(found.lines.at(-1)).toMatch(new RegExp(`^On .* ${balance(owed)}$`));
  expectPaper(found, screen);
});

test('a long statement begins on its first sheet, and each sheet has the names of the columns', async ({ app, page, visit, createCustomer }) => {
  const customer = await createCustomer({ outstanding: '12345.50' });
  await app.db.query(
    `INSERT INTO payments (id, customer_id, received_on, amount_paise, method, open_paise, payer_name, search_text, created_at)
     SELECT gen_random_uuid(), $1, '2026-01-01'::date + place, 1000 + place, 'Cash', 0, 'Asha', '', now() FROM generate_series(1, 90) AS places (place)`,
    [customer.id],
  );
  await visit(page, `/statements/${customer.id}`);
  const found = await print(page);
  expect(found.sheets.length).toBeGreaterThan(1);
  const rows = await statementLines(app.db, customer.id);
  expect(entries(found.lines)).toEqual(rows);
  for (const { lines } of found.sheets) {
    expect(lines).toContain('Date Entry Billed Paid or credited Balance');
    expect(entries(lines).length).toBeGreaterThan(3);
  }
  const owed = balance(await outstanding(app.db, customer.id));
  expect(found.lines.filter((line) => line.endsWith(owed))).toEqual([found.lines.at(-1)]);
});

/** The names of the columns of the list. */
const COLUMNS = 'Name Account number Status Plan Speed Price Churn risk NPS Next bill Outstanding';

test('the list prints its search and filter, and the rows that they find', async ({ app, page, visit, createCustomer }) => {
  const word = unique();
  for (const [name, churn] of [['Asha', 'High'], ['Bina', 'High'], ['Chitra', 'Low']]) {
    await createCustomer({ name: `${name} ${word}`, churn, outstanding: '1234.50', next_billing: day(0) });
  }
  await visit(page, `/customers?q=${word}&churn=High`);
  const screen = await screenWords(page, ['Customers', 'Status']);
  expect(screen).toEqual(expect.arrayContaining(['New customer', 'Columns', 'Clear all', 'Edit']));
  const found = await print(page);
  expect(wordsIn(found.sheets, [`Search: ${word}`, 'Churn risk: High', `Chitra ${word}`])).toEqual([`Search: ${word}`, 'Churn risk: High']);
  const { rows } = await app.db.query<Record<string, string>>(
    `SELECT c.*, ${ACCOUNT} AS account, s.outstanding_paise, ${dayOf('next_bill_on')} AS next_bill FROM customers c JOIN customer_summary s ON s.id = c.id
     WHERE c.name LIKE '%' || $1 AND c.churn_risk = 'High' ORDER BY c.name`,
    [word],
  );
  const expected = rows.map(({ name, account, status, plan_type, speed_kbps, price_paise, churn_risk, nps, next_bill, outstanding_paise }) =>
    [
      name, account, status, plan_type, Number(speed_kbps) / 1000, 'Mbps', rupees(price_paise), churn_risk, nps, next_bill, 'today',
      rupees(outstanding_paise),
    ].join(' '),
  );
  expect(expected).toHaveLength(2);
  expect(wordsIn(found.sheets, expected)).toEqual(expected);
  expect(wordsIn(found.sheets, [COLUMNS])).toEqual([COLUMNS]);
  expectPaper(found, screen);
});

test('the list prints all rows of its page, each whole on one sheet, and on each sheet the names of the columns', async ({ app, page, visit }) => {
  const { rows } = await app.db.query<Record<string, string>>(
    `SELECT ${ACCOUNT} AS account, status, plan_type FROM customers c WHERE churn_risk = 'Low' AND deleted_at IS NULL`,
  );
  expect(rows.length).toBeGreaterThan(50);
  await visit(page, '/customers?churn=Low&size=50');
  const found = await print(page);
  const expected = rows.map(({ account, status, plan_type }) => `${account} ${status} ${plan_type}`);
  const printed = found.sheets.flatMap((sheet) => wordsIn([sheet], expected));
  expect(new Set(printed).size).toBe(50);
  expect(printed).toHaveLength(50);
  expect(found.sheets.length).toBeGreaterThan(1);
  for (const sheet of found.sheets) expect(wordsIn([sheet], [COLUMNS])).toEqual([COLUMNS]);
});

test('a record prints its services, fields, money and history, and nothing that one can do', async ({ app, page, visit, createCustomer }) => {
  const email = 'asha.kulkarni.14@example.in';
  const { id } = await createCustomer({ email, outstanding: '1234.50', lifetime_value: '799', city: 'Mysuru', churn: 'High' });
  await createServices(app, id);
  await visit(page, `/customers/${id}`);
  const screen = await screenWords(page, ['Customers', 'History']);
  expect(screen).toEqual(expect.arrayContaining(['Edit', 'Take payment', 'All that happened', 'Change plan', 'Withdraw']));
  const found = await print(page);
  const customer = await rowOf<Record<string, string>>(
    app.db,
    `SELECT c.*, ${ACCOUNT} AS account, s.outstanding_paise, s.paid_paise FROM customers c JOIN customer_summary s ON s.id = c.id WHERE c.id = $1`,
    [id],
  );
  const { rows: services } = await app.db.query<Record<string, string>>(
    'SELECT p.name, s.status, s.price_paise FROM services s JOIN plans p ON p.id = s.plan_id WHERE customer_id = $1',
    [id],
  );
  expect(services).toHaveLength(5);
  const expected = [
    `${customer.name} ${customer.account} ${customer.status} ${customer.churn_risk}`,
    `${balance(customer.outstanding_paise)} due today`,
    `${dayText(0)} Payment, Cash ${rupees(-Number(customer.paid_paise))}`,
    ...services.map(({ name, status, price_paise }) => `${name} ${status} Price ${rupees(price_paise)} per month, billed monthly`),
    `Address ${customer.address_line} City ${customer.city} State ${customer.state} PIN code ${customer.pin_code}`,
    `Lifetime value ${rupees(customer.paid_paise)}`,
    `Outstanding ${rupees(customer.outstanding_paise)}`,
    `${app.users.Admin.name} created this customer,`,
  ];
  expect(wordsIn(found.sheets, expected)).toEqual(expected);
  // Beside the other half of the fields, and in one line all the same.
  expect(found.words.map(({ text }) => text)).toContain(email);
  expectPaper(found, screen);
});
