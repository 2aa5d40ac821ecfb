import { describe, expect, it } from "vitest";

import { fromCsv, toCsv } from "./csv";

describe("toCsv", () => {
  it("quotes what has to be quoted and disarms formulas, not numbers", () => {
    expect(toCsv([["a,b", 'say "hi"'], ["=HYPERLINK(1)", "-4.2%"]])).toBe('"a,b","say ""hi"""\r\n\'=HYPERLINK(1),-4.2%');
  });
});

describe("fromCsv", () => {
  it("reads what toCsv writes", () => {
    const rows = [["name", "note"], ["x", "two\nlines, quoted"], ["", 'a "word"']];
    expect(fromCsv(toCsv(rows), 10)).toEqual(rows);
  });

  it("finds the separator and stops at the most rows", () => {
    expect(fromCsv("a;b\n1;2\n3;4\n", 2)).toEqual([["a", "b"], ["1", "2"]]);
  });
});
