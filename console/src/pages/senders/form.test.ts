import { expect, test } from "vitest";

import { EMPTY, changed, lacking, registered } from "./form";

const NEW = { ...EMPTY, phoneNumberId: " 109876543210 ", accessToken: " EAAG\n" };

test("only what was typed is sent", () => {
  expect(registered(NEW)).toEqual({
    phoneNumberId: "109876543210",
    accessToken: "EAAG",
    default: false,
  });
  expect(changed({ ...EMPTY, dailyLimit: "1500", messagesPerSecond: "0.5" })).toEqual({
    default: false,
    dailyLimit: 1500,
    messagesPerSecond: 0.5,
  });
});

test("what can't be sent is said before", () => {
  expect(lacking(NEW, false)).toBeUndefined();
  expect(lacking(EMPTY, false)).toMatch(/phone-number id/);
  expect(lacking({ ...NEW, accessToken: "" }, false)).toMatch(/access token/);
  expect(lacking({ ...NEW, dailyLimit: "many" }, false)).toMatch(/daily cap/);
  expect(lacking({ ...NEW, messagesPerSecond: "0" }, false)).toMatch(/above 0/);
  expect(lacking(EMPTY, true)).toMatch(/Nothing is different/);
  expect(lacking({ ...EMPTY, default: true }, true)).toBeUndefined();
});
