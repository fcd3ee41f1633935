import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { writeHtmlReport } from "../../lib/cli/write-html-report.ts";
import { completed, failed, times } from "../domain/report-builders.ts";
import { outputFolder, wave } from "../cli/html-report/report-folder.ts";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) process.stderr.write(`skipped: no Chromium at ${executablePath}; CHROMIUM_PATH names one\n`);

const hostile = `<script>document.title="taken"</script>"'><img src=x onerror=alert(1)>`;
const hostileShown = 'document.title="taken"';

/** Serious findings of axe-core, a line each. It runs as a script of the test's own, which the page's policy allows to none of its. */
const findSerious = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => id + ": " + nodes[0].html))`);
};

describe.skipIf(!hasBrowser)("the report in a browser", () => {
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    const records = [
      ...times(40, (n) => completed({ task_id: `task_${n}`, agent_id: `agent_${n % 4}` })),
      failed({ task_id: hostile, error: hostile + "x".repeat(10_240) }),
    ];
    const folder = await outputFolder(records, { waves: [wave(), wave({ wave: 2, health_score: 60 })] });
    await writeHtmlReport(folder);
    url = pathToFileURL(join(folder, "execution_report.html")).href;
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });

  afterAll(() => browser?.close());

  const open = async (width: number, colorScheme: "light" | "dark") => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const faults: string[] = [];
    page.on("console", (message) => faults.push(message.text()));
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("request", (request) => request.url() === url || faults.push(`asked for ${request.url()}`));
    await page.goto(url);
    return { page, faults };
  };

  test.each(["light", "dark"] as const)("it is accessible, and asks for nothing, in %s", async (scheme) => {
    const { page, faults } = await open(1280, scheme);
    expect(await findSerious(page)).toEqual([]);
    expect(faults).toEqual([]);
    expect(await page.title()).toBe("Run run-1");
  });

  test("hostile ids and errors are shown as text", async () => {
    const { page } = await open(1280, "light");
    expect(await page.locator("script, img").count()).toBe(0);
    expect(await page.locator("td", { hasText: hostileShown }).count()).toBeGreaterThan(0);
  });

  test("on a phone nothing but tables is wider than the screen, and drawings are made for it", async () => {
    const { page } = await open(390, "light");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    expect(await page.locator("#waves .narrow svg").isVisible()).toBe(true);
    expect(await page.locator("#waves .wide svg").isVisible()).toBe(false);
  });

  test("in print it is black on white also where the screen is dark", async () => {
    const { page } = await open(1280, "dark");
    await page.emulateMedia({ media: "print" });
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(0, 0, 0)");
  });
});
