const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?[\d.,]+%?$/;

function cell(value: string): string {
  // Spreadsheets run what begins like a formula; an apostrophe makes it text. The words come from a model.
  const safe = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV (RFC 4180) that is safe to open in a spreadsheet. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n");
}

/** The first rows of CSV text; quoted cells may hold separators and line breaks. */
export function fromCsv(source: string, most: number): string[][] {
  const separator = [",", ";", "\t"].find((sign) => source.split("\n", 1)[0]?.includes(sign)) ?? ",";
  const rows: string[][] = [[]];
  const cells = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, "gy");
  for (let match = cells.exec(source); match && rows.length <= most; match = cells.exec(source)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") break;
    if (match[3] !== separator) rows.push([]);
  }
  return rows.filter((row) => row.length > 1 || row[0] !== "").slice(0, most);
}
