/** A shift by keyboard: move, decide, and what the server then holds. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PALETTES } from "../src/map/style";
import { find, launch, open, pixels, rgb, serverUrl, settled, words } from "./pages";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("a confirmation by keyboard reaches the server and the page shows it", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("DECIDE"));
  await settled(page);
  expect(await page.locator("atalaya-queue li").count()).toBe(5);
  await page.keyboard.press("c");
  await page.keyboard.type("tarps and drums, 27 looks");
  await page.keyboard.press("Enter");
  await page.getByText("SIT-0001: confirmed").waitFor();
  const held = await page.request.get(`${serverUrl("DECIDE")}/api/v1/sites/SIT-0001`);
  const site = await held.json();
  expect(site.row.status).toBe("confirmed");
  expect(site.reviews[0]).toMatchObject({ reviewed_by: "analista.03", reason: "tarps and drums, 27 looks" });
  expect(await page.locator("atalaya-queue li").count()).toBe(4);
  await page.locator('[aria-current="true"][data-site="SIT-0002"]').waitFor();
  await page.getByText("42 entries").waitFor();
  await page.waitForTimeout(500);
  const map = await pixels(page, "atalaya-map .canvas");
  expect(find(map, rgb(PALETTES.light.status.confirmed ?? ""), 12).count).toBeGreaterThan(60);
  expect(complaints).toEqual([]);
  await close();
});

test("a rejection without a reason is not recorded, and Escape leaves it", async () => {
  const { page, close } = await open(browser, serverUrl("DECIDE"), { path: "/#/site/SIT-0005" });
  await settled(page);
  await page.keyboard.press("r");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(300);
  expect(await page.locator("atalaya-decision textarea").isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  await page.waitForTimeout(200);
  expect(await page.locator("atalaya-decision textarea").count()).toBe(0);
  const held = await (await page.request.get(`${serverUrl("DECIDE")}/api/v1/sites/SIT-0005`)).json();
  expect(held.reviews).toEqual([]);
  await close();
});

test("j and k move through the queue and the video goes to the best look", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.locator('[aria-current="true"][data-site="SIT-0003"]').waitFor();
  await page.locator('[data-value="frame"]:text-is("66")').waitFor();
  expect(page.url()).toContain("#/site/SIT-0003");
  await page.keyboard.press("Enter");
  await page.locator('[data-value="frame"]:text-is("75")').waitFor();
  await page.keyboard.press("k");
  await page.locator('[aria-current="true"][data-site="SIT-0002"]').waitFor();
  await close();
});

test("an address names a site, also one that is already decided", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"), { path: "/#/site/SIT-0006" });
  await page.locator('atalaya-site h1:text-is("SIT-0006")').waitFor();
  expect(await page.locator("atalaya-queue li").count()).toBe(6);
  await close();
});

test("the page speaks Spanish, changes by key and remembers it", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"), { language: "es" });
  await settled(page);
  const text = await words(page);
  for (const words of [
    "Candidatos",
    "Confirmar",
    "Rechazar",
    "frente a: cualquier otro lugar",
    "Libro de registro",
  ]) {
    expect(text).toContain(words);
  }
  expect(text).not.toMatch(/Confirm\b|Evidence|Ledger|Candidates/);
  await page.keyboard.press("l");
  await page.getByRole("button", { name: "Confirm" }).waitFor();
  expect(await words(page)).toContain("against: any other place");
  await page.reload();
  await page.locator("atalaya-queue").getByText("Candidates").waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
  expect(complaints).toEqual([]);
  await close();
});

test("what is synthetic says so in both languages on every face", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  for (const part of [".banner", "atalaya-player .mark", "atalaya-site .mark", "atalaya-chips .chip-mark"]) {
    expect(await page.locator(part).textContent()).toContain("SYNTHETIC · SINTÉTICO");
  }
  await close();
});

test("the list of keys opens with a question mark and closes with Escape", async () => {
  const { page, close } = await open(browser, serverUrl("EMPTY"));
  await page.locator("main.state").waitFor();
  await page.keyboard.press("?");
  expect(await page.getByRole("dialog").isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  await page.waitForTimeout(200);
  expect(await page.getByRole("dialog").count()).toBe(0);
  await close();
});

test("an account that may not decide has no buttons, and its keys do nothing", async () => {
  const { page, close } = await open(browser, serverUrl("READONLY"));
  await settled(page);
  await page.keyboard.press("c");
  await page.waitForTimeout(200);
  expect(await page.locator("atalaya-decision button").count()).toBe(0);
  expect(await words(page, "atalaya-decision")).toContain("oversight-auditor");
  await close();
});

test("an empty workspace and a broken one say so, and what to do", async () => {
  const empty = await open(browser, serverUrl("EMPTY"), { language: "es" });
  await empty.page.getByText("Todavía no se ha cargado nada.").waitFor();
  expect(empty.complaints).toEqual([]);
  await empty.close();
  const broken = await open(browser, serverUrl("BROKEN"));
  await broken.page.getByText("disk I/O error").waitFor();
  await broken.page.getByRole("button", { name: "Try again" }).waitFor();
  await broken.close();
});

test("the policy keeps an inline script from running", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("EMPTY"));
  await page.locator("main.state").waitFor();
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ranInline = true";
    document.body.append(script);
    return "ranInline" in window;
  });
  expect(ran).toBe(false);
  expect(complaints.join()).toContain("Content Security Policy");
  await close();
});
