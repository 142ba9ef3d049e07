import { describe, expect, it } from "vitest";

import type { Campaign } from "../../api/client";
import {
  EMPTY,
  fieldOf,
  formOf,
  paramsBody,
  problemsAfter,
  problemsOfFilling,
  problemsOfMessage,
  problemsOfSending,
  sendingBody,
  slotsIn,
} from "./form";

const campaign = {
  name: "Spring",
  senderId: "default",
  templateName: "spring_sale",
  templateLanguage: "pt_BR",
  templateParams: { header: null, body: ["{{a}}", "b"], buttons: [] },
  throttle: {
    mode: "batch",
    workers: 1,
    messagesPerSecond: 0.5,
    batchSize: 50,
    batchDelaySeconds: 120,
  },
  retry: { maxAttempts: 3, baseDelaySeconds: 30, maxDelaySeconds: 3600 },
  onUnconfirmed: "hold",
  dailyCap: null,
  autoResume: true,
} as unknown as Campaign;

describe("the form of a draft", () => {
  it("says the pace in the unit that has no fraction", () => {
    expect(formOf(campaign)).toMatchObject({ pace: "30", unit: "Minute", batchMinutes: "2" });
    const slow = { ...campaign.throttle, messagesPerSecond: 1000 / 3600 };
    expect(formOf({ ...campaign, throttle: slow })).toMatchObject({ pace: "1000", unit: "Hour" });
  });

  it("becomes the settings that it came from", () => {
    expect(sendingBody(formOf(campaign))).toEqual({
      throttle: {
        mode: "batch",
        messagesPerMinute: 30,
        batchSize: 50,
        batchDelaySeconds: 120,
        workers: null,
      },
      dailyCap: null,
      retry: { maxAttempts: 3, baseDelaySeconds: 30, maxDelaySeconds: 3600 },
      onUnconfirmed: "hold",
      autoResume: true,
    });
    const { templateParams } = campaign;
    expect(paramsBody(formOf(campaign), templateParams)).toEqual({ templateParams });
  });

  it("has no batches if it is continuous", () => {
    const form = { ...formOf(campaign), mode: "continuous" as const, workers: "4" };
    expect(sendingBody(form).throttle).toMatchObject({
      mode: "continuous",
      batchSize: null,
      batchDelaySeconds: null,
      workers: 4,
    });
  });
});

describe("what is missing", () => {
  it("is told by field", () => {
    expect(Object.keys(problemsOfMessage(EMPTY))).toEqual(["name", "templateName"]);
    expect(problemsOfSending(EMPTY)).toEqual({});
    expect(Object.keys(problemsOfSending({ ...EMPTY, pace: "fast" }))).toEqual(["throttle.pace"]);
    const form = { ...formOf(campaign), filling: { "body.1": " " } };
    const slots = slotsIn(form, campaign.templateParams);
    expect(Object.keys(problemsOfFilling(form, slots))).toEqual(["slot.body.1", "slot.body.2"]);
  });
});

describe("a change", () => {
  it("takes away what was wrong with what was changed", () => {
    const problems = {
      name: "a",
      "throttle.batchSize": "b",
      "slot.body.1": "c",
      "slot.body.2": "d",
    };
    const form = { ...EMPTY, filling: { "body.1": "x", "body.2": "y" } };
    const left = (fields: object) => Object.keys(problemsAfter(problems, form, fields));
    expect(left({ name: "x" })).toEqual(["throttle.batchSize", "slot.body.1", "slot.body.2"]);
    expect(left({ batchSize: "9" })).toEqual(["name", "slot.body.1", "slot.body.2"]);
    const filling = { "body.1": "x", "body.2": "z" };
    expect(left({ filling })).toEqual(["name", "throttle.batchSize", "slot.body.1"]);
  });
});

describe("the server's fields", () => {
  const numbered = slotsIn(EMPTY, {
    header: null,
    body: ["a", "b"],
    buttons: [{ index: 3, subType: "url", text: "x" }],
  });
  const named = slotsIn(EMPTY, { header: "h", body: { first_name: "a" }, buttons: [] });

  it.each([
    ["templateParams.header", named, "slot.header"],
    ["templateParams.body.1", numbered, "slot.body.2"],
    ["templateParams.body.first_name", named, "slot.body.first_name"],
    ["templateParams.buttons.0.text", numbered, "slot.button.3"],
    ["throttle.messagesPerHour", [], "throttle.pace"],
    ["throttle.batchSize", [], "throttle.batchSize"],
    ["name", [], "name"],
  ])("%s is shown where it was asked for", (name, slots, field) => {
    expect(fieldOf(name, slots)).toBe(field);
  });
});
