import { describe, expect, it } from "vitest";

import { JsonObjectSplitter, jsonObjects } from "./json-stream";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function splitEvery(bytes: Uint8Array, size: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += size) parts.push(bytes.slice(i, i + size));
  return parts;
}

describe("JsonObjectSplitter", () => {
  const objects = [
    { thought: { message: 'a "quoted" }{ text with \\ and ünïcode 🦊' }, last: false },
    { generated_chunk: "{", thought: null, nested: { deep: { er: [{}, { a: "}" }] } } },
    { generated: "Привет 👩‍💻", last: true },
  ];

  it.each([1, 2, 3, 5, 7, 64, 10_000])("rebuilds objects written back to back from chunks of %i bytes", (size) => {
    const splitter = new JsonObjectSplitter();
    const bytes = encode(objects.map((value) => JSON.stringify(value)).join(""));
    expect(splitEvery(bytes, size).flatMap((part) => splitter.push(part))).toEqual(objects);
  });

  it("accepts new lines and blanks between objects", () => {
    const splitter = new JsonObjectSplitter();
    const text = objects.map((value) => JSON.stringify(value)).join(" \n\n ");
    expect(splitter.push(encode(`${text}\n`))).toEqual(objects);
  });

  it("yields an object as soon as its last byte arrives", () => {
    const splitter = new JsonObjectSplitter();
    expect(splitter.push(encode('{"last":tr'))).toEqual([]);
    expect(splitter.push(encode('ue}{"x"'))).toEqual([{ last: true }]);
    expect(splitter.push(encode(":1}"))).toEqual([{ x: 1 }]);
  });
});

describe("jsonObjects", () => {
  it("ends with the body and drops an incomplete tail", async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(encode('{"last":false}{"last":true}{"cut'));
        controller.close();
      },
    });
    const seen: unknown[] = [];
    for await (const value of jsonObjects(body)) seen.push(value);
    expect(seen).toEqual([{ last: false }, { last: true }]);
  });
});
