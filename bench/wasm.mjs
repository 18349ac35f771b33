// What the browser downloads: the files of the release with their sizes as sent, and the code of the main file by crate.
//   node bench/wasm.mjs      after a release build; bench/README.md says what was learned from it
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const target = process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, '../target');
const site = join(target, 'site/pkg');
/** With function names, and before the optimizer makes everything some two fifths smaller. */
const named = join(target, 'front/wasm32-unknown-unknown/wasm-release/lastmile_split.wasm');

/** Reads a WebAssembly module. */
class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    Object.assign(this, { bytes, at, end });
  }
  get more() {
    return this.at < this.end;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  text() {
    const length = this.number();
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }
  /** A part that begins with its length. */
  part() {
    const length = this.number();
    this.at += length;
    return new Reader(this.bytes, this.at - length, this.at);
  }
}

/** The functions with their names and the bytes of their code, without imported ones. */
function functions(file) {
  const reader = new Reader(readFileSync(file), 8);
  const sizes = [];
  const names = new Map();
  let imported = 0;
  while (reader.more) {
    const id = reader.byte();
    const section = reader.part();
    if (id === 2) imported = importedFunctions(section);
    if (id === 10) for (let left = section.number(); left > 0; left--) sizes.push(lengthOf(section.part()));
    if (id !== 0 || section.text() !== 'name') continue;
    while (section.more) {
      const kind = section.byte();
      const sub = section.part();
      if (kind === 1) for (let left = sub.number(); left > 0; left--) names.set(sub.number(), sub.text());
    }
  }
  return sizes.map((size, place) => ({ size, name: names.get(imported + place) ?? '' }));
}

const lengthOf = (part) => part.end - part.at;

function importedFunctions(section) {
  let count = 0;
  for (let left = section.number(); left > 0; left--) {
    section.text();
    section.text();
    const kind = section.byte();
    if (kind === 0) count++;
    if (kind === 0) section.number();
    else if (kind === 3) section.at += 2;
    else {
      if (kind === 1) section.byte();
      const limits = section.byte();
      section.number();
      if (limits & 1) section.number();
    }
  }
  return count;
}

const CRATES = /\b(app|leptos_router|leptos_meta|leptos_server|leptos|tachys|reactive_graph|server_fn|serde_json|serde|chrono|wasm_bindgen|js_sys|web_sys|futures_util|hashbrown|base64|uuid|core|alloc|std)\b/;

/** The crate that a function comes from: the first that its mangled name mentions. */
const crateOf = (name) => CRATES.exec(name.replace(/\d+(?=[A-Za-z_])/g, ' ').replace(/\.\.|\$[A-Za-z0-9]+\$|_ZN/g, ' '))?.[1] ?? 'other';

const sizes = {};
for (const { size, name } of functions(named)) {
  const crate = crateOf(name);
  sizes[crate] ??= { bytes: 0, functions: 0 };
  sizes[crate].bytes += size;
  sizes[crate].functions++;
}
const total = Object.values(sizes).reduce((sum, { bytes }) => sum + bytes, 0);

console.log('| file | bytes | brotli |\n|---|---|---|');
const files = readdirSync(site);
const size = (name) => readFileSync(join(site, name)).length;
for (const name of files.filter((name) => /\.(wasm|js|css)$/.test(name))) {
  const short = name.replace(/\.[\w-]{22}(?=\.)/, '');
  console.log(`| ${short} | ${size(name).toLocaleString('en')} | ${files.includes(`${name}.br`) ? size(`${name}.br`).toLocaleString('en') : ''} |`);
}
console.log('\n| crate, in the main file | code | functions |\n|---|---|---|');
for (const [crate, { bytes, functions: count }] of Object.entries(sizes).sort(([, a], [, b]) => b.bytes - a.bytes)) {
  if (bytes > total / 200) console.log(`| ${crate} | ${((bytes / total) * 100).toFixed(1)}% | ${count.toLocaleString('en')} |`);
}
