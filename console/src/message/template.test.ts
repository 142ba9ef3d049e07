import { describe, expect, it } from "vitest";

import {
  buttonKinds,
  fillingOf,
  paramsOf,
  rendered,
  slotsOf,
  slotsOfParams,
  type Params,
  type Template,
} from "./template";

const template: Template = {
  header: { format: "TEXT", text: "Order {{1}}" },
  body: "Hi {{2}}, {{1}} costs {{10}}. {{2}}!",
  footer: null,
  buttons: [
    { type: "QUICK_REPLY", text: "Stop", index: 0, subType: null },
    { type: "URL", text: "Track", index: 1, subType: "url" },
  ],
};

describe("the places of a template", () => {
  it("are each there once, in Meta's order", () => {
    expect(slotsOf(template).map(({ id }) => id)).toEqual([
      "header",
      "body.1",
      "body.2",
      "body.10",
      "button.1",
    ]);
  });

  it("keep the order of the text if they have names", () => {
    const named = { ...template, header: null, body: "{{ b }} {{a}}", buttons: [] };
    expect(slotsOf(named).map(({ id }) => id)).toEqual(["body.b", "body.a"]);
  });
});

describe("what fills them", () => {
  const params: Params[] = [
    { header: "H", body: ["{{a}}", "b"], buttons: [{ index: 1, subType: "url", text: "x" }] },
    { header: null, body: { name: "{{a}}" }, buttons: [] },
    { header: null, body: [], buttons: [] },
  ];

  it.each(params)("comes back as it was: %j", (before) => {
    const filling = fillingOf(before);
    expect(paramsOf(slotsOfParams(before), filling, buttonKinds(null, before))).toEqual(before);
  });

  it("is a list for numbered places", () => {
    const filling = { header: "h", "body.1": "a", "body.2": "b", "body.10": "c", "button.1": "d" };
    expect(paramsOf(slotsOf(template), filling, buttonKinds(template, null))).toEqual({
      header: "h",
      body: ["a", "b", "c"],
      buttons: [{ index: 1, subType: "url", text: "d" }],
    });
  });
});

describe("a rendered text", () => {
  it("has the row's values, one line, and what the row lacks as it is", () => {
    expect(rendered("Hi  {{ First_Name }},\n{{no}}", { first_name: "Ana" })).toBe("Hi Ana, {{no}}");
  });
});
