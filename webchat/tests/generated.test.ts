import { expect, it } from "vitest";

// @ts-expect-error -- plain JavaScript without declarations, so that it runs without a build
import { current, generated } from "../generate.mjs";

it("the wire's types are what the contract's schema says", async () => {
  expect(current()).toBe(await generated());
});
