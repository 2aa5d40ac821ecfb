import { expect, test } from "vitest";

import { KINDS, PLACES, startCommand } from "./commands";

const start = { uri: "wss://codemie.example/v1/plugin-engine/ws", key: "0123456789abcdef" };

test("only a person's own shell gets the key, and every place the address", () => {
  for (const place of PLACES) {
    for (const kind of KINDS) {
      const said = startCommand(place, kind, start);
      expect(said).toContain(start.uri);
      expect(said.includes(start.key)).toBe(place === "laptop");
      expect(said).toContain("PLUGIN_KEY");
    }
  }
});

test("the official agent is held to a pydantic that it works with", () => {
  for (const place of PLACES) expect(startCommand(place, "official", start)).toContain('"pydantic<2.12"');
});

test("a key that was shown before is left for the person to fill in", () => {
  expect(startCommand("laptop", "own", { ...start, key: null })).toContain("<the plugin key>");
});

test("nobody is asked where nobody is", () => {
  for (const place of ["github", "gitlab", "kubernetes"] as const) expect(startCommand(place, "own", start)).toContain("--non-interactive");
});

test("where the wheel of codemiectl comes from is set wherever it is used", () => {
  for (const place of ["github", "gitlab", "kubernetes"] as const) {
    expect(startCommand(place, "own", start).match(/CODEMIE_WHEEL/g)?.length).toBeGreaterThan(1);
    expect(startCommand(place, "official", start)).not.toContain("CODEMIE_WHEEL");
  }
  expect(startCommand("github", "own", start)).toContain("CODEMIE_WHEEL: ${{ vars.CODEMIE_WHEEL }}");
});

test("a job whose agent cannot connect fails, and one whose time is over does not", () => {
  for (const place of ["github", "gitlab", "kubernetes"] as const) {
    expect(startCommand(place, "own", start)).toContain("--give-up-after 60 --serve-for 3000");
    const official = startCommand(place, "official", start);
    expect(official).toContain("timeout -k 10 3000");
    expect(official).toContain("|| test $? = 124 -o $? = 137");
    expect(official).not.toContain("exec timeout");
  }
});
