// What the browser downloads is made of: the files of the release with their sizes as sent, and the code of the main one by crate.
//   node bench/wasm.mjs      after a release build; how to read it: bench/README.md
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const target = process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, '../target');
const site = join(target, 'site/pkg');
/** Before names are taken out and the optimizer runs, which makes everything some two fifths smaller. */
const named = join(target, 'front/wasm32-unknown-unknown/wasm-release/lastmile_split.wasm');

/** Reads a module of WebAssembly. */
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
  /** What stands behind a length. */
  part() {
    const length = this.number();
    this.at += length;
    return new Reader(this.bytes, this.at - length, this.at);
  }
}

/** The names of the functions and the bytes of their code; imported ones have none. */
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

/** The crate whose code a function is: the first that its mangled name speaks of. */
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
