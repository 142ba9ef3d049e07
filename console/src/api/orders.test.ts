import { expect, it } from "vitest";

import { toTheEnd } from "./orders";

it("an order goes on where the call before stopped, each call with a key of its own", async () => {
  const parts = [
    { count: 48, refused: { "131026": 1 }, status: "COMPLETED", cursor: "a" },
    { count: 2, refused: { "131026": 2, "131050": 1 }, status: "RUNNING", cursor: null },
  ] as const;
  const asked: unknown[] = [];

  const done = await toTheEnd((cursor, headers) => {
    asked.push([cursor, headers["Idempotency-Key"]]);
    const part = parts[asked.length - 1];
    return part ? Promise.resolve(part) : Promise.reject(new Error("asked too often"));
  }, "key");

  expect(asked).toEqual([
    [null, "key.1"],
    ["a", "key.2"],
  ]);
  expect(done).toEqual({ count: 50, refused: { "131026": 3, "131050": 1 }, status: "RUNNING" });
});
