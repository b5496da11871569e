/**
 * Builds the pages into dist/{widget,console,trainer}/ and holds them to their sizes. A build that is too big fails and
 * leaves what was there.
 * What a page loads at first is what counts: its HTML, every script and style sheet that the HTML names, and of the
 * widget the words of one language.
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

/**
 * What the libraries bring and the widget never needs, left out of it: the transport over HTTP/3, which the server does
 * not speak, and the helper that fetches style sheets for parts that are loaded later, which have none of their own.
 */
const lighter = {
  name: "lighter",
  enforce: "pre",
  load(id) {
    if (id.endsWith("/engine.io-client/build/esm/transports/webtransport.js")) return "export class WT {}";
    if (id === "\0vite/preload-helper.js") return "export const __vitePreload = (load) => load();";
    return null;
  },
};

async function page(name) {
  await build({
    ...shared,
    root: join(here, "src", name),
    plugins: name === "widget" ? [lighter] : [],
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

const languages = readdirSync(join(fresh, "widget", "assets")).filter((file) => /^[a-z]{2}-.*\.js$/.test(file));
const english = join(fresh, "widget", "assets", languages.find((file) => file.startsWith("en-")) ?? "");

const held = [
  report("loader", [join(fresh, "widget", "loader.js")], LIMITS_KB.loader),
  report("widget", [...firstLoad("widget"), english], LIMITS_KB.widget),
  report("console", firstLoad("console")),
  report("trainer", firstLoad("trainer")),
];
console.log(`languages of the widget, of which one is loaded: ${languages.length}`);
const styles = readdirSync(join(fresh, "widget", "assets")).filter((file) => file.endsWith(".css"));
if (styles.length > 1) {
  console.log("The widget has style sheets that are loaded later, which its build cannot do.");
  held.push(false);
}
if (held.includes(false)) process.exit(1);
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
