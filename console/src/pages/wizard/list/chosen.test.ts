import { describe, expect, it } from "vitest";

import { guessed, valuesIn } from "./chosen";
import { sheetOf } from "./sheet";

const sheet = sheetOf("first_name,phone,order\nAna,+12015550100,A-1\n");
const slots = ["header", "body.1", "body.2", "body.3"].map((id) => ({ id, label: id }));

describe("what fills a place, when a list comes", () => {
  it("is the column that stands there", () => {
    expect(guessed(slots, {}, sheet)).toEqual({
      header: "",
      "body.1": "{{first_name}}",
      "body.2": "{{order}}",
      "body.3": "",
    });
  });

  it("is the column that is called so", () => {
    const named = [{ id: "body.Order", label: "" }];
    expect(guessed(named, {}, sheet)).toEqual({ "body.Order": "{{order}}" });
  });

  it("stays what somebody wrote, unless it was a column of another list", () => {
    const filling = { header: "Dear {{who}}", "body.1": "{{ORDER}}", "body.2": "{{who}}" };
    expect(guessed(slots, filling, sheet)).toMatchObject({
      header: "Dear {{who}}",
      "body.1": "{{ORDER}}",
      "body.2": "{{order}}",
    });
  });

  it("has a row's values", () => {
    const filling = { header: "Hi {{First_Name}}", "body.1": "{{order}}" };
    expect(valuesIn(filling, sheet, sheet.rows[0] ?? [])).toEqual({
      header: "Hi Ana",
      "body.1": "A-1",
    });
  });
});
