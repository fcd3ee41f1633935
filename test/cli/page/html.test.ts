import { describe, expect, test } from "vitest";

import { html } from "../../../lib/cli/page/html.ts";

describe("HTML", () => {
  test.each([
    ["a script", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["the end of an attribute", `" onload='x'`, "&quot; onload=&#39;x&#39;"],
    ["an entity", "&lt;", "&amp;lt;"],
    ["text that turns around", "\u202Egpj.exe", "\\u202Egpj.exe"],
    ["a control character", "a\u0000b\u001B[31m", "a\\u0000b\\u001B[31m"],
    ["an emoji", "🦊", "🦊"],
    ["lines", "a\n\tb", "a\n\tb"],
  ])("shows %s as text", (_, text, shown) => {
    expect(html`<p title="${text}">${text}</p>`.html).toBe(`<p title="${shown}">${shown}</p>`);
  });

  test("takes numbers, HTML, lists of HTML and nothing", () => {
    const items = [html`<li>1</li>`, html`<li>2</li>`];
    expect(html`${1}${html`<b>x</b>`}${items}${undefined}`.html).toBe("1<b>x</b><li>1</li><li>2</li>");
  });
});
