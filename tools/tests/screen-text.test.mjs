// The text on the screen, as tools/screen-text reads it out of the source: no phrase is left that people stumbled over.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { FOLDERS, files, isText, strings } from '../screen-text';

const ROOT = resolve(import.meta.dirname, '../..');

/** What no string on the screen says, with what it says instead. */
const OLD_PHRASES = [
  // Signing in.
  [/Come in as/, 'Sign in as'],
  [/^Its customers are invented/, 'Sample data, on this computer only.'],
  [/^does everything$|^browses\b|works leads/, 'Full access; Views customers, manages leads; View only'],
  [/link that lets you in/, 'Ask an admin for a sign-in link'],
  [/(password|code) is not right/, 'Incorrect …'],
  [/^Second step$/, 'Enter your code', 'app/src/users/pages/roles.rs'],
  [/\bGo on\b/, 'Continue'],
  [/as somebody else/, 'Use another account'],
  [/Choose (this|a new|a) password/, 'Set password'],
  [/any that you like|nobody would put together are easy/, 'At least 12 characters; a few unrelated words work well.'],
  [/user reset EMAIL/, 'Ask your admin for a new link.'],
  // Navigation.
  [/^(House|Desk|Owing most|Next bills|To connect)$/, 'Administration; Highest dues; Bills due; Awaiting connection'],
  // Lists.
  [/In this view/, 'Customers'],
  [/active, High or Medium/, 'active at medium or high risk'],
  [/^from \{\}$/, '… customers owe'],
  [/fewer filters or another spelling/, 'Check the spelling or clear filters'],
  [/answer cannot be read/, 'Something went wrong. Try again or reload.'],
  [/cannot be reached/, "Can't reach Lastmile"],
  // Forms.
  [/needs? a look/, 'Fix 4 fields to save'],
  [/a number with at most|\(Mbps\)/, 'Enter a speed from 50 to 1,000 Mbps'],
  [/₹ a month|\ba month\b/, '₹ … per month'],
  [/[Ff]or a month, whatever/, 'Monthly price; longer cycles multiply it'],
  [/^(channels|tickets|points)$/, 'no unit'],
  [/was ever paid/, 'Total paid'],
  [/1 is bad/, '1 is poor'],
  [/Not asked yet/, 'Not rated'],
  [/Type a (customer's )?name and choose/, 'Search name or account number'],
  [/may cross midnight/, 'can run past midnight'],
  [/Throw away/, 'Discard changes?'],
  // Conflicts and deletions.
  [/[Ss]omebody else/, 'the name of the user'],
  [/Keep which/, 'Which price do you want?'],
  [/^With $| go:$|which has no tickets/, 'This also removes …'],
  [/You can undo this afterwards/, 'You can restore it from Deleted customers.'],
  [/Nothing is deleted/, 'No deleted customers'],
  [/that you delete can/, 'Deleted customers appear here.'],
  // 404 and 403.
  [/not any more|does not exist/, 'not found; it may have been deleted or the link is incomplete'],
  [/role does not allow/, "You don't have permission to …"],
  // Records and the history.
  [/as it was first entered|IST, version/, 'nothing'],
  [/Has referred/, 'Referrals'],
  [/^(Everybody|Everything|Lastmile itself|Show)$/, 'Anyone; All types; System; Apply'],
  [/customer(, lead)? or user$/, 'Search'],
  [/the last first/, 'newest first'],
  [/Session rule/, 'Session settings'],
  [/password chosen|link made/i, 'Password set; Link created'],
  // Users.
  [/Invite somebody/, 'Invite user'],
  [/in 1 place|nowhere/, 'Sessions: 1 / 0'],
  [/required of/, 'required for …; optional for all'],
  [/sign in with it\.$/, 'Used to sign in'],
  [/Pass this on|chooses the password/, 'Send only to (name); whoever opens it sets the password.'],
  [/works no longer/, 'stops working'],
  [/role holds from/, 'applies from'],
  [/sign in again to go on/, 'They must sign in again.'],
  [/What was being typed/, 'Unsaved typing is kept.'],
  // Roles.
  [/^May$/, 'Permission', 'app/src/base/time.rs'],
  [/sessions of others|history of everything/, 'Manage users, sessions and history'],
  [/does nothing for/, 'Signed out after 1 hour idle or 12 hours in total.'],
  [/without doing anything|Minutes after signing in/, 'Idle limit (minutes); Longest session (minutes)'],
  [/holds at once/, 'Applies immediately.'],
  [/rules are saved/, 'Settings saved'],
  [/Two-step sign-in of/, 'Two-step sign-in for'],
  [/does so before anything else/, 'set up at next sign-in'],
  // The own account.
  [/somebody found out|a code of an app/, "Adds a code from your phone, so a stolen password isn't enough."],
  [/Your password now/, 'Current password'],
  [/^This one$/, 'This device'],
  [/^End$/, 'Sign out'],
  [/needs (a|the) second step/, 'Your role requires two-step sign-in.'],
  [/This is not (the code|your password)/, 'Incorrect code; Incorrect password'],
  [/Keep these where you find them/, 'Store these safely.'],
  [/I have kept them/, "I've saved these"],
];

/** Every text, with its place. */
function texts() {
  return FOLDERS.flatMap((folder) => files(join(ROOT, folder))).flatMap((file) => {
    const path = relative(ROOT, file);
    return strings(readFileSync(file, 'utf8')).filter(({ text }) => isText(text)).map((found) => ({ ...found, path }));
  });
}

test('no old phrase is left on the screen', () => {
  const all = texts();
  assert.ok(all.length > 1_000, 'the source was read');
  const left = OLD_PHRASES.flatMap(([old, now, except]) =>
    all.filter(({ text, path }) => old.test(text) && path !== except).map(({ path, line, text }) => `${path}:${line} "${text}": say ${now}`),
  );
  assert.deepEqual(left, []);
});

test('every phrase would be found where it stood', () => {
  const source = '//! "Go on"\n#[doc = "Go on"]\n#[error("Gone")]\nfn f() { view! { <b title="x">"Go on"</b> } }\nconst A: &str = "one \\\n    two";\n#[cfg(test)]\nmod tests { "Go on" }';
  assert.deepEqual(strings(source), [{ line: 3, text: 'Gone' }, { line: 4, text: 'x' }, { line: 4, text: 'Go on' }, { line: 5, text: 'one two' }]);
});
