import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { serve } from "../../lib/cli/serve-command.ts";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  process.stderr.write(`no browser at ${executablePath}: the page is not tested in one; CHROMIUM_PATH names another\n`);
}

const home = process.cwd();
const interrupt = new AbortController();
/** What the page's console said, and what the browser refused. */
const complaints: string[] = [];
let folder: string;
let serving: Promise<void>;
let browser: Browser;
let page: Page;
let url: string;

const payload = {
  html: `<script>document.title = "taken over"</script><img src=x onerror="document.title='taken over'">`,
  rtl: "\u202Egpj.exe",
  emoji: "🦊",
  long: "x".repeat(10_000),
};
const tasks = [
  ...Array.from({ length: 40 }, (_, n) => ({ task_id: `task-${n}`, success_rate: 1 })),
  { task_id: "needs-quantum", capabilities: ["quantum"], payload },
  { task_id: "<script>document.title = 'taken over'</script>" },
  { task_id: `${"y".repeat(10_000)}` },
];
const file = tasks.map((task) => `${JSON.stringify(task)}\n`).join("");

beforeAll(async () => {
  if (!hasBrowser) return;
  folder = await mkdtemp(join(tmpdir(), "phase21-browser-"));
  process.chdir(folder);
  const agent = { id: "one", capacity: 4, endpoint: { kind: "simulated", transient_rate: 0, latency_ms: 20 } };
  await writeFile("agents.json", JSON.stringify({ fleet: "mine", agents: [agent] }));
  const isUp = Promise.withResolvers<string>();
  const say = (line: string): void => {
    const [, address] = /^page: (\S+)/u.exec(line) ?? [];
    if (address !== undefined) isUp.resolve(address);
  };
  serving = serve({ agents: "agents.json", port: 0, timeScale: 0.01 }, interrupt.signal, {
    pollMs: 50,
    terminal: { say, out: async () => {} },
  });
  url = await Promise.race([isUp.promise, serving.then(() => "")]);
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  page = await browser.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => complaints.push(dialog.message()));
}, 90_000);

afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  interrupt.abort();
  await serving;
  process.chdir(home);
  await rm(folder, { recursive: true });
}, 30_000);

/** Drops a text as a file on the page. */
const drop = async (name: string, text: string): Promise<void> => {
  // As text, since the types of a browser are not those of this project.
  const dataTransfer = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
    return transfer;
  })()`);
  await page.dispatchEvent("#upload", "dragenter", { dataTransfer });
  await page.dispatchEvent("#upload", "drop", { dataTransfer });
};

/** What axe-core finds that is serious or worse, as it reads the page now. */
const findFaults = async (): Promise<readonly string[]> => {
  // The page's own policy lets no foreign script in, so it is not added to the document but run beside it.
  await page.evaluate(axe.source);
  const violations = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
};

const checkLightAndDark = async (): Promise<void> => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await findFaults()).toEqual([]);
  }
};

describe.skipIf(!hasBrowser)("the page in a browser", () => {
  test("starts a run with a file that is dropped, shows it to its end, and tells why a task failed", async () => {
    await page.goto(url);
    await drop("hostile <b>name.jsonl", file);
    await page.waitForURL(/\/runs\/[\w-]+$/u);
    await page.waitForSelector(".title .pill:text('finished')");
    expect(await page.textContent("#progress .big")).toMatch(/^41 of 41 tasks ended/u);
    expect(await page.textContent("#rejected")).toContain("<script>document.title = 'taken over'</script>");
    await checkLightAndDark();

    await page.click("a:text('needs-quantum')");
    expect(await page.textContent(".verdict")).toBe(
      "needs-quantum FAILED because no agent may take it: no agent covers capabilities quantum: 1 passed over for capability",
    );
    const shown = (await page.textContent("#prediction pre")) ?? "";
    expect(shown).toContain(JSON.stringify(payload.html));
    expect(shown).toContain("\\u202Egpj.exe");
    expect(shown).toContain("🦊");
    expect(shown).toContain(payload.long);
    await checkLightAndDark();
    expect(await page.title()).toBe("needs-quantum · Phase 21");
  });

  test("shows the runs and an agent without faults, also on a phone", async () => {
    await page.goto(url);
    await checkLightAndDark();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.click("#runs a");
    await page.click("#agents a");
    expect(await page.textContent("h1")).toBe("one");
    await checkLightAndDark();
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1200, height: 800 });
  });

  test("sets what has changed in place, and asks for no more once nothing can change", async () => {
    await page.goto(url);
    const id = (await page.textContent("#runs a")) ?? "";
    const values = { [`ended-${id}`]: "7 <b>", [`bar-${id}-0@width`]: "7%" };
    const data = JSON.stringify({ parts: {}, values, isOver: true });
    const asked: string[] = [];
    await page.route("**/events?*", (route) => {
      asked.push(route.request().url());
      return route.fulfill({ contentType: "text/event-stream", body: `id: 1\nevent: change\ndata: ${data}\n\n` });
    });
    await page.reload();
    await page.waitForSelector("#link:text('ended')");
    expect(await page.textContent(`#ended-${id}`)).toBe("7 <b>");
    expect(await page.getAttribute(`#bar-${id}-0`, "width")).toBe("7%");
    expect(asked).toHaveLength(1);
    expect(new URL(asked[0] ?? "").searchParams.get("since")).toMatch(/^[\w-]{16}$/u);
    await page.unroute("**/events?*");
  });

  test("can be used with the keyboard, and says why a file is not taken", async () => {
    await page.goto(url);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    await page.focus("#file");
    await page.setInputFiles("#file", { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
    await page.waitForSelector("#said:text('Not taken: expected a .jsonl file')");
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("415")));
  });

  test("leaves the browser nothing to complain of", () => {
    expect(complaints).toEqual([]);
  });
});
