import { describe, expect, it } from "vitest";

import { withoutTags } from "./mermaid-query";

describe("withoutTags", () => {
  it.each(["A <--> B", "Animal <|-- Duck", "class Shape {\n <<interface>>\n}", "A[two<br/>lines]", "a < b"])("leaves %j alone", (code) => {
    expect(withoutTags(code)).toBe(code);
  });

  it.each([
    ["A[<img src=x onerror=f()>]", "A[#lt;img src=x onerror=f()>]"],
    ["<<img src=x onerror=f()>>", "<#lt;img src=x onerror=f()>>"],
    ["</text><!--", "#lt;/text>#lt;!--"],
  ])("makes text of %j", (code, written) => {
    expect(withoutTags(code)).toBe(written);
  });
});
