/**
 * Splits a byte stream of JSON objects written back to back (assistants) or one a line (workflows) into values.
 *
 * Braces inside strings do not count, a string or a UTF-8 character may be cut by a chunk border, and whitespace
 * between objects is skipped. Framing: `POST /v1/assistants/{id}/model` with `stream: true`.
 */
export class JsonObjectSplitter {
  private readonly decoder = new TextDecoder();
  private buffer = "";
  private position = 0;
  private start = -1;
  private depth = 0;
  private inString = false;
  private escaped = false;

  push(chunk: Uint8Array): unknown[] {
    return this.take(this.decoder.decode(chunk, { stream: true }));
  }

  private take(text: string): unknown[] {
    this.buffer += text;
    const values: unknown[] = [];
    for (; this.position < this.buffer.length; this.position += 1) {
      const end = this.step(this.buffer.charCodeAt(this.position));
      if (end) values.push(this.cut());
    }
    if (this.start < 0) this.reset(this.buffer.length);
    return values;
  }

  /** Consumes one character; true when it closes a top-level object. */
  private step(code: number): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (code === BACKSLASH) this.escaped = true;
      else if (code === QUOTE) this.inString = false;
      return false;
    }
    if (code === QUOTE) this.inString = this.start >= 0;
    else if (code === OPEN) {
      if (this.depth === 0) this.start = this.position;
      this.depth += 1;
    } else if (code === CLOSE && this.depth > 0) {
      this.depth -= 1;
      return this.depth === 0;
    }
    return false;
  }

  private cut(): unknown {
    const value = JSON.parse(this.buffer.slice(this.start, this.position + 1)) as unknown;
    this.reset(this.position + 1);
    this.position = -1;
    this.start = -1;
    return value;
  }

  private reset(consumed: number): void {
    this.buffer = this.buffer.slice(consumed);
    this.position = 0;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/** Reads a response body to its end and yields each JSON object as soon as it is complete. */
export async function* jsonObjects(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown, void> {
  const splitter = new JsonObjectSplitter();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* splitter.push(value);
    }
  } finally {
    reader.releaseLock();
  }
}
