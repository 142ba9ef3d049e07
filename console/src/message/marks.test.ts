import { describe, expect, it } from "vitest";

import { marked, type Part } from "./marks";

/** Parts as text with tags. */
function told(parts: Part[]): string {
  return parts
    .map((part) => (part.kind === "text" ? part.text : `<${part.kind} ${told(part.inside)}>`))
    .join("");
}

describe("marks of WhatsApp", () => {
  it.each([
    ["plain", "plain"],
    ["Hello *Ana*!", "Hello <bold Ana>!"],
    ["_a_ ~b~ `c` ```d *e*```", "<italic a> <struck b> <mono c> <mono d *e*>"],
    ["*bold with _italic_ inside*", "<bold bold with <italic italic> inside>"],
    ["*{{0}}*, you", "<bold {{0}}>, you"],
    ["2*3*4", "2*3*4"],
    ["a * b * c", "a * b * c"],
    ["snake_case_name", "snake_case_name"],
    ["*over\nlines*", "*over\nlines*"],
    ["*open", "*open"],
    ["", ""],
  ])("%j is %j", (text, parts) => {
    expect(told(marked(text))).toBe(parts);
  });
});
