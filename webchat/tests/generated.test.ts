import { expect, it } from "vitest";

// @ts-expect-error -- plain JavaScript without declarations, so that it runs without a build
import { current, generated } from "../generate.mjs";

const GENERATING_MS = 60_000; // a second of computing, and more of waiting on a busy machine

it("the wire's types are what the contract's schema says", async () => {
  expect(current()).toBe(await generated());
}, GENERATING_MS);
