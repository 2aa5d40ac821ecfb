import { describe, expect, it } from "vitest";

import { draftOf, emptyServer, joined, serverOf, serverProblems, words } from "./server-draft";

describe("command lines", () => {
  it.each([
    ["uvx mcp-server-time==2025.9.25", ["uvx", "mcp-server-time==2025.9.25"]],
    [`run --name "two words" 'and "these"'`, ["run", "--name", "two words", `and "these"`]],
    [`a="b c"d`, ["a=b cd"]],
    ["   ", []],
  ])("reads %s as a shell does", (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it.each([[["a", "b c", `d"e\\`, ""]], [["plain"]]])("writes %j so that it reads the same", (line) => {
    expect(words(joined(line))).toEqual(line);
  });
});

describe("a server's form", () => {
  const http = serverOf({ ...emptyServer, name: "tickets", url: "https://t.example/mcp", headers: [["X-Team", "a"], ["", "b"]], token: "t" });

  it("keeps what it was given", () => {
    expect(serverOf(draftOf(http))).toEqual(http);
    expect(http.config).toEqual({
      url: "https://t.example/mcp",
      type: "streamable-http",
      headers: { "X-Team": "a" },
      env: {},
      auth_token: "t",
      single_usage: false,
    });
  });

  it("sends values only for a server of the catalogue", () => {
    const server = serverOf({ ...emptyServer, name: "t", catalogueId: "c1", env: [["KEY", "v"]], url: "https://elsewhere" });
    expect(server.config).toEqual({ env: { KEY: "v" }, single_usage: false });
    expect(server.mcp_config_id).toBe("c1");
  });

  it("keeps a command and its arguments", () => {
    const server = serverOf({ ...emptyServer, name: "time", kind: "command", command: "uvx mcp-server-time" });
    expect(server.config).toMatchObject({ command: "uvx", args: ["mcp-server-time"] });
    expect(draftOf(server)).toMatchObject({ kind: "command", command: "uvx mcp-server-time" });
  });

  it("tells what is missing", () => {
    expect(Object.keys(serverProblems(emptyServer, new Set()))).toEqual(["name", "url"]);
    expect(serverProblems({ ...emptyServer, name: "a", url: "ftp://x" }, new Set(["a"]))).toHaveProperty("name");
    expect(serverProblems({ ...emptyServer, name: "b", url: "https://x" }, new Set(["a"]))).toEqual({});
  });
});
