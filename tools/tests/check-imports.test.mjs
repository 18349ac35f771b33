// What tools/check-imports finds and leaves alone, each in a small tree of its own: node --test tools/tests/*.test.mjs
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const SCRIPT = resolve(import.meta.dirname, '../check-imports');

/** A tree in which everything holds. */
const TIDY = {
  'Cargo.toml': '[workspace]\n[package]\nname = "lastmile"\n',
  'app/Cargo.toml': '[package]\nname = "app"\n',
  'server/Cargo.toml': '[package]\nname = "server"\n',
  'postgres/Cargo.toml': '[package]\nname = "embedded-postgres"\n',
  'src/main.rs': 'fn main() { server::run() }\n',
  'server/src/lib.rs': 'mod serve;\n\nuse app::App;\nuse embedded_postgres::Postgres;\n\npub fn run() {\n    serve::serve(App, Postgres)\n}\n',
  'server/src/serve.rs': 'use std::process::ExitCode;\n\npub fn serve() {}\n',
  'postgres/src/lib.rs': 'pub struct Postgres;\n',
  'app/src/lib.rs': 'mod base;\nmod customers;\nmod layout;\nmod leads;\nmod list;\n\npub use layout::App;\n',
  'app/src/layout.rs': 'use crate::customers::{self, Page};\nuse crate::leads;\n\npub struct App(Page);\n',
  'app/src/base/mod.rs': 'mod money;\nmod units;\n\npub use money::Paise;\npub use units::*;\n',
  'app/src/base/money.rs': '/// See `super::units`.\npub struct Paise;\n',
  'app/src/base/units.rs': 'use super::Paise;\n\npub struct Price(Paise);\n',
  'app/src/list/mod.rs': 'use crate::base::Paise;\n\npub struct Row(Paise);\n',
  'app/src/customers/mod.rs': 'pub mod model;\nmod pages;\n\npub use pages::Page;\n',
  'app/src/customers/model.rs': 'use crate::base::Paise;\n\npub struct Customer(Paise);\n',
  // The list is re-exported beside the record that imports it from there: no circle.
  'app/src/customers/pages/mod.rs': 'mod list;\nmod record;\n\npub use list::List;\npub use record::Page;\n',
  'app/src/customers/pages/list.rs': 'use crate::list::Row;\n\npub struct List(Row);\n',
  'app/src/customers/pages/record.rs': 'use super::List;\n\npub struct Page(List);\n',
  'app/src/leads/mod.rs': 'pub mod model;\n',
  'app/src/leads/model.rs': 'use crate::customers::model::Customer;\n\npub struct Lead(Customer);\n',
  'end2end/journeys/list.spec.ts': "import { open } from '../support/test.ts';\n\nopen();\n",
  'end2end/support/test.ts': "import { test } from '@playwright/test';\n\nexport const open = test;\n",
  'bench/lib/main.mjs': "import { run } from './run.mjs';\n\nrun();\n",
  'bench/lib/run.mjs': 'export const run = () => {};\n',
};

/** Runs the script on the tidy tree with some files changed, and with options for where that tree is. */
function check(changes = {}, options = () => []) {
  const root = mkdtempSync(join(tmpdir(), 'check-imports.'));
  try {
    for (const [file, text] of Object.entries({ ...TIDY, ...changes })) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, '--root', root, ...options(root)], { encoding: 'utf8' });
    return { status, stdout, stderr };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** What the script reports of a tree with some files changed; it must find something. */
function found(changes) {
  const { status, stderr } = check(changes);
  assert.equal(status, 1, stderr);
  return stderr.split('\n');
}

/** The tree still holds with some files changed. */
function holds(changes) {
  const { status, stdout, stderr } = check(changes);
  assert.equal(stderr, '');
  assert.match(stdout, /^\d+ files, no circle\n$/);
  assert.equal(status, 0);
}

test('a tidy tree holds', () => {
  const { stdout, stderr, status } = check();
  assert.deepEqual({ stdout, stderr, status }, { stdout: '21 files, no circle\n', stderr: '', status: 0 });
});

test('a circle between two files is named with its lines', () => {
  const lines = found({ 'app/src/base/money.rs': 'use std::fmt;\n\nuse super::units::Price;\n\npub struct Paise;\n' });
  assert.deepEqual(lines, [
    'circle: app/src/base/money.rs -> app/src/base/units.rs -> app/src/base/money.rs',
    '  app/src/base/money.rs:3: super::units::Price -> app/src/base/units.rs',
    '  app/src/base/units.rs:1: super::Paise -> app/src/base/money.rs',
    '21 files: 1 circles, 0 imports the wrong way, 0 files in no layer',
    '',
  ]);
});

test('a circle is found through a longer way, and each circle of several', () => {
  const lines = found({
    'app/src/base/mod.rs': 'mod money;\nmod units;\nmod time;\n\npub use money::Paise;\npub use units::Price;\n',
    'app/src/base/money.rs': 'use super::time::Day;\n',
    'app/src/base/time.rs': 'use super::Price;\n',
    'bench/lib/run.mjs': "import './main.mjs';\n",
  });
  assert.ok(lines.includes('circle: bench/lib/main.mjs -> bench/lib/run.mjs -> bench/lib/main.mjs'), lines.join('\n'));
  assert.ok(lines.includes('circle: app/src/base/money.rs -> app/src/base/time.rs -> app/src/base/units.rs -> app/src/base/money.rs'), lines.join('\n'));
  assert.equal(lines.at(-2), '22 files: 2 circles, 0 imports the wrong way, 0 files in no layer');
});

test('a use over several lines with nested braces is read, with the line of each name', () => {
  const lines = found({
    'app/src/base/money.rs': 'use std::{\n    fmt::{self, Display},\n};\nuse crate::{\n    base::{\n        units::{self as measures, Price},\n    },\n};\n\nfn zero() -> measures::Price {}\n',
  });
  assert.equal(lines[1], '  app/src/base/money.rs:6: crate::base::units::Price -> app/src/base/units.rs');
});

test('a path in the code is an import, also in a macro, and one through the name of a module', () => {
  for (const code of [
    'fn of(price: crate::base::units::Price) {}\n',
    'macro_rules! price { () => { $crate::base::units::Price } }\n',
    'use crate::base;\nfn of(price: base::Price) {}\nfn in_units(price: base::units::Price) {}\n',
    'fn of() { let all = [..super::units::ALL]; }\n',
  ]) {
    assert.match(found({ 'app/src/base/money.rs': code })[0], /^circle: app\/src\/base\/money.rs -> app\/src\/base\/units.rs/, code);
  }
});

test('what a module uses itself of its children counts, and what it re-exports does not', () => {
  const door = 'mod money;\nmod units;\n\npub use money::Paise;\npub use units::Price;\n\npub const LIMIT: u32 = 1;\n';
  holds({ 'app/src/base/mod.rs': door, 'app/src/base/money.rs': 'use super::LIMIT;\n' });
  const lines = found({ 'app/src/base/mod.rs': `${door}\npub fn zero() -> Paise { money::zero() }\n`, 'app/src/base/money.rs': 'use super::LIMIT;\n' });
  assert.equal(lines[0], 'circle: app/src/base/mod.rs -> app/src/base/money.rs -> app/src/base/mod.rs');
});

test('a name that is re-exported twice counts for the file that defines it', () => {
  holds({ 'app/src/customers/model.rs': 'pub use crate::base::Paise;\n', 'app/src/leads/model.rs': 'use crate::customers::model::Paise;\n' });
  const { stdout } = check(
    { 'app/src/customers/mod.rs': 'pub mod model;\nmod pages;\n\npub use pages::{List as Table, Page};\n', 'app/src/layout.rs': 'use crate::customers::Table;\n' },
    (root) => ['--walk', join(root, 'app/src/layout.rs')],
  );
  assert.deepEqual(stdout.trim().split('\n'), ['app/src/layout.rs', 'app/src/customers/pages/list.rs', 'app/src/list/mod.rs', 'app/src/base/money.rs']);
});

test('tests, comments and strings import nothing', () => {
  holds({
    'app/src/base/money.rs': [
      '// use super::units::Price;',
      '/* use super::units::Price; */',
      'const TEXT: &str = "use super::units::Price; \\" super::units::Price";',
      'const RAW: &str = r#"use super::units::Price; " super::units::Price"#;',
      "const QUOTE: char = '\"';",
      "fn first<'a>(text: &'a str) {}",
      '#[cfg(test)]',
      'use super::units::Price;',
      '#[cfg(test)]',
      'mod helpers;',
      '#[cfg(test)]',
      '#[allow(dead_code)]',
      'mod tests {',
      '    use super::super::units::Price;',
      '    fn nested() { if true { super::super::units::of() } }',
      '}',
    ].join('\n'),
    'app/src/base/money/helpers.rs': 'use crate::base::units::Price;\n',
  });
});

test('code for one half alone counts', () => {
  const lines = found({ 'app/src/base/money.rs': '#[cfg(feature = "ssr")]\nmod server {\n    use super::super::units::Price;\n}\n' });
  assert.equal(lines[1], '  app/src/base/money.rs:3: super::super::units::Price -> app/src/base/units.rs');
});

test('a circle of folders is found where no files make one', () => {
  const lines = found({
    'app/src/customers/mod.rs': 'pub mod model;\npub mod routes;\nmod pages;\n\npub use pages::Page;\n',
    'app/src/customers/routes.rs': 'use crate::leads::model::Lead;\n',
  });
  assert.deepEqual(lines.slice(0, 3), [
    'circle: app/src/customers -> app/src/leads -> app/src/customers',
    '  app/src/customers/routes.rs:1: crate::leads::model::Lead -> app/src/leads/model.rs',
    '  app/src/leads/model.rs:1: crate::customers::model::Customer -> app/src/customers/model.rs',
  ]);
});

test('a circle of a folder and a file beside it is found', () => {
  const lines = found({
    'app/src/customers/mod.rs': 'pub mod model;\nmod pages;\nmod limits;\n\npub use pages::Page;\n',
    'app/src/customers/limits.rs': 'use super::pages::List;\n',
    'app/src/customers/pages/record.rs': 'use crate::customers::limits::MOST;\n',
  });
  assert.equal(lines[0], 'circle: app/src/customers/limits.rs -> app/src/customers/pages -> app/src/customers/limits.rs');
});

test('an import of a layer above is the wrong way', () => {
  const lines = found({ 'app/src/list/mod.rs': 'use uuid::Uuid;\nuse crate::customers::model::Customer;\n' });
  assert.ok(lines.includes('list is a layer below customers'), lines.join('\n'));
  assert.ok(lines.includes('  app/src/list/mod.rs:2: crate::customers::model::Customer -> app/src/customers/model.rs'), lines.join('\n'));
  assert.ok(found({ 'app/src/leads/model.rs': 'use crate::App;\n' }).includes('leads is a layer below layout'));
  assert.ok(found({ 'app/src/timeline/mod.rs': 'use crate::list::Row;\n' }).includes('timeline is a layer below list'));
  holds({ 'app/src/timeline/mod.rs': '', 'app/src/leads/model.rs': 'use crate::timeline;\n', 'app/src/list/mod.rs': 'use crate::timeline;\n' });
});

test('a subject imports only the shared parts of another', () => {
  const lines = found({ 'app/src/leads/model.rs': 'use crate::customers::Page;\n' });
  assert.deepEqual(lines.slice(0, 2), [
    'leads may import only cards, model, responses, routes, service, spec, store of customers',
    '  app/src/leads/model.rs:1: crate::customers::Page -> app/src/customers/pages/record.rs',
  ]);
  holds({ 'app/src/leads/model.rs': 'use crate::customers::model::Customer;\n' });
});

test('a file in app/src that is in no layer is reported', () => {
  assert.deepEqual(found({ 'app/src/context.rs': '' }).slice(0, 2), ['in no layer', '  app/src/context.rs']);
});

test('crates import one way', () => {
  const lines = found({ 'postgres/src/lib.rs': 'use app::App;\n' });
  assert.deepEqual(lines.slice(0, 2), ['crate postgres must not import crate app', '  postgres/src/lib.rs:1: app::App -> app/src/layout.rs']);
  assert.ok(found({ 'app/src/list/mod.rs': 'fn stop() { server::run() }\n' }).includes('crate app must not import crate server'));
});

test('circles of TypeScript are found, of types too', () => {
  const lines = found({
    'end2end/support/test.ts': "import {\n  type User,\n} from './users.ts';\n",
    'end2end/support/users.ts': "// import './none.ts';\nexport type { Test } from './test.ts';\n",
  });
  assert.deepEqual(lines.slice(0, 3), [
    'circle: end2end/support/test.ts -> end2end/support/users.ts -> end2end/support/test.ts',
    '  end2end/support/test.ts:3: ./users.ts -> end2end/support/users.ts',
    '  end2end/support/users.ts:2: ./test.ts -> end2end/support/test.ts',
  ]);
});

test('--walk lists what a file reaches, and refuses what it does not know', () => {
  const { stdout, status } = check({}, (root) => ['--walk', join(root, 'app/src/leads/model.rs')]);
  assert.equal(status, 0);
  assert.deepEqual(stdout.trim().split('\n'), ['app/src/leads/model.rs', 'app/src/customers/model.rs', 'app/src/base/money.rs']);
  const unknown = check({}, (root) => ['--walk', join(root, 'app/src/none.rs')]);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /app\/src\/none\.rs is none of the files/);
});
