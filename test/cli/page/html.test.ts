import { describe, expect, test } from "vitest";

import { html, live, liveAttributes } from "../../../lib/cli/page/html.ts";

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

  test("keeps its live values apart from the frame that they stand in", () => {
    const part = (load: string) =>
      html`<p ${liveAttributes("bar", { width: load })}>${live("load", `<${load}\u0000`)}</p>`;
    expect(part("1").html).toBe('<p id="bar" width="1"><span id="load">&lt;1\\u0000</span></p>');
    expect(part("1").values).toEqual({ "bar@width": "1", load: "<1\\u0000" });
    expect(part("1").frame).toBe(part("2").frame);
  });
});
