/** Makes src/protocol/wire.ts, the types of the wire, from the contract's JSON Schema. `--check` only compares. */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "..", "handoff", "docs", "wire.schema.json");
const target = join(here, "src", "protocol", "wire.ts");

export async function generated() {
  const { $defs, ...rest } = JSON.parse(readFileSync(source, "utf8"));
  const made = await compile({ ...rest, title: "Wire", $defs }, "Wire", {
    additionalProperties: false,
    bannerComment: "/** Made by `npm run generate` from handoff/docs/wire.schema.json. Not to be edited. */",
    unreachableDefinitions: true,
    style: { printWidth: 120 },
  });
  // The generator says of every type where it comes from; the banner says it once.
  return made
    .replace(/ \* (?:\n \* )?This interface was referenced by `Wire`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g, "")
    .replace(/^\/\*\*\n \*\/\n/gm, "")
    .replace(/ \*\n \*\/\n/g, " */\n");
}

export const current = () => readFileSync(target, "utf8");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = await generated();
  if (!process.argv.includes("--check")) {
    writeFileSync(target, wanted);
  } else if (current() !== wanted) {
    console.error("src/protocol/wire.ts is not what the schema says: run `npm run generate`");
    process.exit(1);
  }
}
