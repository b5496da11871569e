/**
 * Builds the pages into dist/{widget,console,trainer}/ and holds them to their sizes. A build that is too big fails and
 * leaves what was there.
 * What a page loads at first is what counts: its HTML, and every script and style sheet that the HTML names.
 */

import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const fresh = join(here, "dist.new"); // built aside and put in place at the end: nobody is served half a build

const LIMITS_KB = {
  loader: 3, // every visitor of a trader's site pays for it
  widget: 40, // paid by those who open the chat
};

const shared = {
  configFile: false,
  logLevel: "warn",
  base: "./",
  build: { target: "es2022", emptyOutDir: true, modulePreload: false, assetsInlineLimit: 0 },
};

async function page(name) {
  await build({
    ...shared,
    root: join(here, "src", name),
    build: { ...shared.build, outDir: join(fresh, name) },
  });
}

async function loader() {
  await build({
    ...shared,
    root: join(here, "src", "loader"),
    build: {
      ...shared.build,
      outDir: join(fresh, "widget"),
      emptyOutDir: false,
      lib: { entry: "loader.ts", formats: ["iife"], name: "bynameLoader", fileName: () => "loader.js" },
    },
  });
}

const gzipped = (file) => gzipSync(readFileSync(file), { level: 9 }).length;

/** The page's HTML and the files that it names. */
function firstLoad(name) {
  const root = join(fresh, name);
  const html = join(root, "index.html");
  const named = [...readFileSync(html, "utf8").matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map((match) => join(root, match[1]));
  return [html, ...named].filter((file) => existsSync(file) && statSync(file).isFile());
}

function report(label, files, limitKb) {
  const bytes = files.reduce((sum, file) => sum + gzipped(file), 0);
  const kb = bytes / 1024;
  const limit = limitKb === undefined ? "" : ` of ${limitKb} kB`;
  const over = limitKb !== undefined && kb > limitKb;
  console.log(`${label.padEnd(9)} ${kb.toFixed(1).padStart(6)} kB gzip${limit}${over ? "  TOO BIG" : ""}`);
  return !over;
}

rmSync(fresh, { recursive: true, force: true });
for (const name of ["widget", "console", "trainer"]) await page(name);
await loader();

const held = [
  report("loader", [join(fresh, "widget", "loader.js")], LIMITS_KB.loader),
  report("widget", firstLoad("widget"), LIMITS_KB.widget),
  report("console", firstLoad("console")),
  report("trainer", firstLoad("trainer")),
];
const languages = readdirSync(join(fresh, "widget", "assets")).filter((file) => /^[a-z]{2}-.*\.js$/.test(file));
console.log(`widget languages loaded on demand: ${languages.length}`);
if (held.includes(false)) process.exit(1);
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
