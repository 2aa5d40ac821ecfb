import { describe, expect, it } from "vitest";

import { withMath } from "./math";

describe("withMath", () => {
  it.each([
    ["Energy is $E = mc^2$ here", "Energy is $$E = mc^2$$ here"],
    ["Energy is \\(E = mc^2\\) here", "Energy is $$E = mc^2$$ here"],
    ["\\[a^2\\]", "$$\na^2\n$$"],
    ["$$a^2$$", "$$\na^2\n$$"],
  ])("reads %j", (source, written) => {
    expect(withMath(source)?.trim()).toBe(written);
  });

  it.each(["It costs $5 and $10.", "Between $ 5 and 6 $", "`$x$` is code", "```\n\\(x\\)\n```", "US$5 or A$6", "no signs"])("leaves %j alone", (source) => {
    expect(withMath(source)).toBeNull();
  });

  it("sets a formula that has its lines to itself on lines of its own", () => {
    expect(withMath("Before\n\n$$a^2$$\n\nafter $$b$$ it")).toBe("Before\n\n\n$$\na^2\n$$\n\n\nafter $$b$$ it");
    expect(withMath("- item\n  $$a$$")).toBe("- item\n  $$a$$");
    expect(withMath("$$\na\n$$")).toBe("$$\na\n$$");
  });

  it("leaves code beside a formula as it is", () => {
    expect(withMath("`$x$` and $y$")).toBe("`$x$` and $$y$$");
  });
});
