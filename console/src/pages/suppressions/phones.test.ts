import { expect, test } from "vitest";

import { lacking, phonesOf, refused } from "./phones";

test("phones stand in lines or between commas, each once, with their blanks", () => {
  expect(
    phonesOf(" +1 201 555 0100\n\n+1 (202) 555-0101;+12015550100,+1 201 555 0100\r\n"),
  ).toEqual(["+1 201 555 0100", "+1 (202) 555-0101", "+12015550100"]);
});

test("none is too few, and there is a most", () => {
  expect(lacking([])).toMatch(/at least one/);
  expect(lacking(["+12015550100"])).toBeUndefined();
  expect(lacking(Array.from({ length: 1_001 }, String))).toMatch(/file/);
});

test("whom the server did not take is named, not counted", () => {
  const details = [
    { field: "phones.1", message: "is no phone number: too short." },
    { field: "reason", message: "is too long" },
  ];
  expect(refused(["+12015550100", "12345"], details)).toEqual([
    "“12345” is no phone number: too short.",
  ]);
});
