import { describe, expect, it } from "vitest";

import { textOf } from "./bytes";
import { callPhone, readSheet, SHOWN_ROWS, sheetOf, valuesOf } from "./sheet";

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((each) => (typeof each === "string" ? [...utf8(each)] : each)));
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("a list", () => {
  it.each([
    ["phone,name\n+12015550100,Ana\n", ["phone", "name"], 0, true],
    ["Name;Número de WhatsApp;Celular\nAna;x;5511999990000\n", null, 2, true],
    ["name\ttel\nAna\t5511999990000", ["name", "tel"], 1, true],
    ["sep=;\r\nphone;name\r\n1;Ana\r\n", ["phone", "name"], 0, true],
    ["5511999990000;Silva, Ana\n5511999990001;Reis, Rui\n", ["phone", "column2"], 0, false],
    ["contact,name\n+12015550100,Ana\n", ["contact", "name"], 0, true],
    ["\n\nphone\n+12015550100\n", ["phone"], 0, true],
  ])("%j has its columns", (text, columns, phone, hasHeader) => {
    const sheet = sheetOf(text);
    if (columns) expect(sheet.columns).toEqual(columns);
    expect([sheet.phone, sheet.hasHeader]).toEqual([phone, hasHeader]);
  });

  it("has quoted cells, and rows that are too short", () => {
    const sheet = sheetOf('phone,name,order\n1,"Silva, ""A"""\n');
    expect(sheet.rows).toEqual([["1", 'Silva, "A"']]);
    expect(valuesOf(sheet, sheet.rows[0] ?? [])).toEqual({
      phone: "1",
      name: 'Silva, "A"',
      order: "",
    });
  });

  it("is read from its beginning only", async () => {
    const row = "+12015550100,Ana\n";
    const file = new Blob(["phone,name\n", row.repeat(100_000)]);
    const { rows } = await readSheet(file);
    expect(rows).toHaveLength(SHOWN_ROWS);
    expect(new Set(rows.map(String))).toEqual(new Set(["+12015550100,Ana"]));
  });

  it.each([
    ["phone,Name,name\n1,a,b\n", /name more than once/],
    ["phone,name\n", /nobody in it/],
    ["\n \n", /blank/],
  ])("%j is not taken", (text, words) => {
    expect(() => sheetOf(text)).toThrow(words);
  });
});

describe("another column of phones", () => {
  it.each([
    ['contact,"name, first"\r\n1,+12015550100\r\n', 1, ["contact", "phone"]],
    ["number;mobile;ação\n7;x;+12015550100\n", 2, ["number", "mobile", "whatsapp"]],
  ])("of %j gets a name that the server knows", async (text, at, columns) => {
    const file = new File([text], "list.csv");
    const before = await readSheet(file);
    const named = await callPhone(file, before, at);
    if (!named) throw new Error("It has a plain header.");
    const after = await readSheet(named);
    expect([after.columns, after.phone, after.phoneNamed]).toEqual([columns, at, true]);
    expect(after.rows).toEqual(before.rows);
    expect((await named.text()).split("\n").slice(1)).toEqual(text.split("\n").slice(1));
  });

  it.each(["sep=;\na;b\n1;2\n", "\na,b\n1,2\n", '"a\nb",c\n1,2\n'])(
    "of %j is left to its owner",
    async (text) => {
      const file = new File([text], "list.csv");
      expect(await callPhone(file, await readSheet(file), 1)).toBeNull();
    },
  );
});

describe("the bytes of a list", () => {
  it.each([
    [bytes([0xef, 0xbb, 0xbf], "phone,ação"), "phone,ação"],
    [bytes("a,", [0xe7, 0xe3], "o"), "a,ção"],
    [bytes([0xff, 0xfe], [0x61, 0, 0xe7, 0]), "aç"],
    [bytes([0xfe, 0xff], [0, 0x61, 0, 0xe7]), "aç"],
  ])("are text, whatever program wrote them (%#)", (head, text) => {
    expect(textOf(head, false)).toBe(text);
  });

  it("may end in the middle of a line, and of a letter", () => {
    expect(textOf(bytes("phone\n1\naç".slice(0, 9)).subarray(0, 10), true)).toBe("phone\n1\n");
    expect(textOf(bytes("phone\nã").subarray(0, 7), true)).toBe("phone\n");
  });

  it.each([
    [bytes("PK\x03\x04…"), "This is an Excel file or another zip archive, not"],
    [bytes("{\\rtf1"), "This is a rich text document, not"],
    [bytes([0xef, 0xbb, 0xbf], "\r\n <!doctype html>\nphone\n1"), "This is an HTML or XML doc"],
    [bytes('{"phone": 1}'), "This is a JSON document, not"],
    [bytes('[ "+12015550100" ]\n'), null],
    [bytes('[{"phone": 1}]'), "This is a JSON document, not"],
    [bytes('["+12015550100"]'), "This is a JSON document, not"],
    [bytes([0x89], "PNG\r\n", [0x1a, 0x0a, 0, 0, 0, 13], "IHDR"), "This is binary data, not a CSV"],
    [bytes("phone\x01\n1\x7f\n"), "This is binary data, not a CSV file. Save it as CSV (UTF-8)"],
    [bytes("phone\x0b\n", "+12015550100\n".repeat(10), [1]), null],
    [bytes("phone\n", "1\n".repeat(40_000), [0]), "Line 40002 holds binary data."],
    [bytes(), "The file is empty."],
  ])("of another kind of file are named (%#)", (head, words) => {
    const read = () => textOf(head, false);
    if (words) expect(read).toThrow(words);
    else expect(read).not.toThrow();
  });
});
