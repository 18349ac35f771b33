// The screens that an address leads to: journeys that look at all of them take them from here.
import type pg from 'pg';
import type { Subject } from './records.ts';
import { unique, uuid } from './unique.ts';
import type { Role } from './users.ts';

/** What a screen is called, and its address, in which `{customer}` and the like stand for ids; whom it is shown to, where that is not the Admin. */
export type Screen = readonly [name: string, address: string, role?: Role | 'nobody'];

/** Whether a screen is a dialog over another one. */
export const isDialog = ([, address]: Screen): boolean =>
  /^\/services\/[^/]+\/|\/(new|edit|delete|convert|role|disable|off|two-step|recovery-codes|sessions)(\?|$)/.test(address);

/** The ids that stand in addresses, by what they are ids of. */
export type Places = Record<string, string>;

/** The address of a screen, with ids. */
export const placed = (address: string, places: Places): string => address.replace(/\{(\w+)\}/g, (_, name: string) => places[name]);

/** The screens that every subject with records has. */
const recordScreens = (subject: Subject, filtered: string): Screen[] => [
  ['the list', `/${subject}s?${filtered}`],
  ['the empty list', `/${subject}s?q=${unique()}&size=3`],
  ['a record', `/${subject}s/{${subject}}`],
  ['New', `/${subject}s/new`],
  ['Edit', `/${subject}s/{${subject}}/edit`],
  ['Delete', `/${subject}s/{${subject}}/delete`],
  ['the deleted', `/${subject}s/deleted`],
  ['an unknown record', `/${subject}s/${uuid()}`],
];

export const CUSTOMER_SCREENS: Screen[] = recordScreens('customer', 'status=Active&churn=High&churn=Low&q=a');

export const LEAD_SCREENS: Screen[] = [
  ...recordScreens('lead', 'stage=New&stage=Lost&source=Phone&q=a'),
  ['the board', '/leads/board?source=Phone&source=Walk-in'],
  ['the empty board', `/leads/board?q=${unique()}`],
  ['Convert', '/leads/{lead}/convert'],
];

/** The screens of a subject of which a record is shown section after section. */
const plainScreens = (path: string, place: string, filtered: string): Screen[] => [
  ['the list', `${path}?${filtered}`],
  ['the empty list', `${path}?q=${unique()}`],
  ['a record', `${path}/{${place}}`],
  ['New', `${path}/new`],
  ['Edit', `${path}/{${place}}/edit`],
  ['Delete', `${path}/{${place}}/delete`],
  ['the deleted', `${path}/deleted`],
];

export const PIN_CODE_SCREENS: Screen[] = plainScreens('/served-pin-codes', 'pinCode', 'plan=Fiber&q=56');

export const PLAN_SCREENS: Screen[] = plainScreens('/plans', 'plan', 'plan=Fiber&status=On+sale');

export const HOLIDAY_SCREENS: Screen[] = [
  ['the list', '/holidays'],
  ['New', '/holidays/new'],
  ['the deleted', '/holidays/deleted'],
];

export const MONEY_LIST_SCREENS: Screen[] = [
  ['the bills', '/bills'],
  ['the open bills', '/bills?settlement=Open&kind=Invoice'],
  ['the payments', '/payments'],
  ['no payments', '/payments?q=nothing+of+the+kind'],
];

export const MONEY_SCREENS: Screen[] = [
  ['a bill', '/bills/{bill}'],
  ['Bill now', '/bills/new/{service}'],
  ['a credit note', '/bills/{bill}/credit'],
  ['a receipt', '/payments/{payment}'],
  ['Take payment', '/payments/new/{debtor}'],
  ['a payment that bounced', '/payments/{payment}/reverse'],
  ['a statement', '/statements/{debtor}'],
  ['the dues', '/dues'],
  ['the provider', '/settings/provider'],
];

export const SERVICE_SCREENS: Screen[] = [
  ['the record', '/customers/{customer}'],
  ['what happened', '/services/{customer}'],
  ['Order', '/services/{customer}/order'],
  ...['change-plan', 'login', 'pause', 'suspend', 'end'].map((action): Screen => [action, `/services/{customer}/{active}/${action}`]),
  ['resume', '/services/{customer}/{suspended}/resume'],
  ['activate', '/services/{customer}/{ordered}/activate'],
  ['Withdraw', '/services/{customer}/{event}/withdraw'],
  ['a dialog of a service that is gone', '/services/{customer}/{customer}/end'],
  ['a deletion that is refused', '/customers/{customer}/delete?from=record'],
];

export const MY_DAY_SCREENS: Screen[] = [['my day', '/my-day']];

export const JOB_SCREENS: Screen[] = [
  ['all', '/jobs'],
  ['the failed', '/jobs?state=Failed'],
  ['none', '/jobs?before=00000000-0000-7000-8000-000000000000'],
];

/** Those of users, their account and sign-in; of the history; and what is not allowed. */
export const ACCOUNT_SCREENS: Screen[] = [
  ['sign-in', '/customers?q=a', 'nobody'],
  ['an unknown one-time link', `/link/${'A'.repeat(43)}`, 'nobody'],
  ['the account', '/account', 'Staff'],
  ['turning off two-step sign-in', '/account/two-step/off', 'Staff'],
  ['new recovery codes', '/account/recovery-codes', 'Staff'],
  ['ending other sessions', '/account/sessions', 'Staff'],
  ['the users', '/settings/users'],
  ['an invitation', '/settings/users/new'],
  ['changing a role', '/settings/users/{user}/role'],
  ['disabling a user', '/settings/users/{user}/disable'],
  ['an unknown user', `/settings/users/${uuid()}/role`],
  ['the roles', '/settings/roles'],
  ['two-step sign-in of a role', '/settings/roles/Sales/two-step'],
  ['the history', '/history?kind=user&q=staff'],
  ['the empty history', '/history?q=nothing-is-called-this&x=1'],
  ['a page that is not allowed', '/settings/users', 'Staff'],
  ['a dialog that is not allowed', '/customers/new', 'Staff'],
];

/** Adds a job that has failed half-way. */
export async function addFailedJob(db: pg.Pool, user: string): Promise<void> {
  await db.query(
    `INSERT INTO jobs (id, kind, payload, state, attempt, max_attempts, run_at, created_at, finished_at, error, done, total, created_by)
     VALUES (gen_random_uuid(), 'Other', '{}', 'Failed', 10, 10, now(), now(), now(), 'The database did not answer.', 5000, 12000, $1)`,
    [user],
  );
}

/** Somebody of the demo who owes for an invoice and has paid before, with that invoice, a payment and an active service. */
export async function debtorPlaces(db: pg.Pool): Promise<Places> {
  const { rows } = await db.query<Places>(
    `SELECT b.customer_id AS debtor, b.id AS bill, p.id AS payment, s.id AS service
     FROM bills b JOIN payments p USING (customer_id) JOIN services s USING (customer_id)
     WHERE b.kind = 'Invoice' AND b.open_paise > 0 AND s.status = 'Active'
     ORDER BY b.id, p.id, s.id LIMIT 1`,
  );
  return rows[0];
}
