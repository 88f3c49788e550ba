/** The metadata panel: what a stream says at the picture on screen, and what is wrong with it, at a glance. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { brightness, find, launch, open, pixels, rgb, serverUrl, settled, words } from "./pages";

/** `--bad`, `--for` and `--warn` of the light look. */
const FAILED = rgb("#a8321f");
const REPAIRED = rgb("#0d7d8c");
const MISSING = rgb("#8a5a00");

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function value(page: Page, tag: number): Promise<string> {
  const said = await page.locator(`atalaya-metadata li[data-tag="${tag}"]`).first().innerText();
  return said.replace(/\s/g, " ");
}

async function goTo(page: Page, seconds: number): Promise<void> {
  await page.locator("atalaya-player input[type=range]").fill(String(seconds));
  await page.waitForTimeout(600);
}

test("a key opens the panel with the values of the picture on screen, and closes it", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  expect(await page.locator("atalaya-metadata").count()).toBe(0);
  await page.keyboard.press("m");
  await page.locator('atalaya-metadata li[data-tag="5"]').waitFor();
  expect(await value(page, 2)).toContain("16:04:01.466");
  expect(await value(page, 13)).toContain("24.916500°");
  expect(await page.locator("atalaya-metadata h4").allInnerTexts()).toEqual([
    "TIME",
    "PLATFORM",
    "SENSOR",
    "PICTURE CENTRE",
    "CORNERS",
    "OTHER",
    "NESTED SETS",
  ]);
  await page.keyboard.press("m");
  expect(await page.locator("atalaya-metadata").count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test("values follow the picture, older ones say their age, and what has no value says why", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await page.keyboard.press("m");
  await page.locator('atalaya-metadata li[data-tag="5"]').waitFor();
  const before = await value(page, 5);
  expect(await value(page, 3)).toContain("5.5 s ago");
  await goTo(page, 6.01);
  expect(await value(page, 5)).not.toBe(before);
  expect(await value(page, 2)).toContain("16:04:06.000");
  expect(await value(page, 3)).toContain("10 s ago");
  expect(await value(page, 28)).toContain("error indicator");
  expect(await page.locator('atalaya-metadata [data-value="not-shown"]').innerText()).toBe(
    "2 items not shown (charter)",
  );
  expect(await page.locator('atalaya-metadata li[data-tag="60"]').count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test("while the video plays the panel keeps up and never goes blank", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await page.keyboard.press("m");
  await page.locator('atalaya-metadata li[data-tag="5"]').waitFor();
  await page.keyboard.press("Space");
  const seen = new Set<string>();
  for (let at = 0; at < 12; at++) {
    expect(await page.locator("atalaya-metadata li.row").count()).toBeGreaterThan(25);
    seen.add(await value(page, 2));
    await page.waitForTimeout(150);
  }
  expect(seen.size).toBeGreaterThan(4);
  await close();
});

test("the filter finds items by their words, and what is nested in them", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"), { language: "es" });
  await settled(page);
  await page.keyboard.press("m");
  await page.locator('atalaya-metadata li[data-tag="5"]').waitFor();
  await page.getByLabel("Filtrar elementos").fill("angulo");
  await page.waitForTimeout(200);
  expect(await page.locator("atalaya-metadata li.row").count()).toBe(1);
  await page.getByLabel("Filtrar elementos").fill("UNCLASSIFIED");
  await page.waitForTimeout(200);
  expect(await page.locator('atalaya-metadata li[data-tag="48"] li').first().isVisible()).toBe(true);
  await close();
});

test("a damaged stream is seen at a glance: badge, sign in the list, and marks along the source", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("DAMAGED"));
  await settled(page);
  expect(await page.locator(".health").innerText()).toContain("damaged");
  expect(await page.getByLabel("Source", { exact: true }).locator("option").first().textContent()).toContain(
    "✖ sierra",
  );
  const strip = await pixels(page, "atalaya-strip");
  const [failed, repaired, missing] = [FAILED, REPAIRED, MISSING].map((colour) => find(strip, colour, 30));
  expect(failed?.count, "failed").toBeGreaterThan(15);
  expect(repaired?.count, "repaired").toBeGreaterThan(20);
  expect(missing?.count, "missing").toBeGreaterThan(10);
  expect(failed?.x).toBeLessThan(repaired?.x ?? 0);
  expect(repaired?.x).toBeLessThan(missing?.x ?? 0);
  expect(complaints).toEqual([]);
  await close();
});

test("a sound stream has no mark of damage", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  expect(await page.locator(".health").innerText()).toContain("whole");
  const strip = await pixels(page, "atalaya-strip");
  expect(find(strip, FAILED, 30).count + find(strip, MISSING, 30).count).toBe(0);
  await close();
});

test("the stream's page says what was recovered and what was not, the findings and the residual", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("DAMAGED"), { language: "es" });
  await settled(page);
  await page.keyboard.press("m");
  await page.locator('atalaya-metadata [data-value="summary"]').click();
  const said = await words(page, "atalaya-recovery");
  for (const wanted of [
    "PTS síncrono",
    "residuo 0.4 ms",
    "162 de 180 paquetes",
    "18 reparados, comprobados con su suma",
    "6 falla la suma: nunca se usan para posiciones",
    "12 faltan, según el ritmo de los demás",
    "Falta el conjunto de seguridad",
    "ST 0102",
  ]) {
    expect(said.replace(/\u00a0/g, " ")).toContain(wanted);
  }
  expect(said).not.toMatch(/Recovered|Findings|checksum/);
  expect(complaints).toEqual([]);
  await close();
});

test("a picture whose packet fails shows what was said before it, with its age", async () => {
  const { page, close } = await open(browser, serverUrl("DAMAGED"));
  await settled(page);
  await page.keyboard.press("m");
  await page.locator('atalaya-metadata li[data-tag="5"]').waitFor();
  await goTo(page, 4.21);
  expect(await page.locator('atalaya-metadata [data-value="failed"]').innerText()).toContain(
    "fails its checksum",
  );
  expect(await value(page, 5)).toContain("0.3 s ago");
  await close();
});

test("the panel is dark in the dark and stays open when the page is loaded again", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"), { theme: "dark" });
  await settled(page);
  await page.keyboard.press("m");
  await page.locator('atalaya-metadata li[data-tag="5"]').waitFor();
  expect(brightness(await pixels(page, "atalaya-metadata"))).toBeLessThan(70);
  await page.reload();
  await page.locator('atalaya-metadata li[data-tag="5"]').waitFor();
  await close();
});

test("on a phone the metadata are a tab under the video and nothing sticks out", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("DAMAGED"), { width: 390, height: 844 });
  await page.locator("atalaya-queue li").first().waitFor();
  await page.locator("nav button").nth(2).click();
  await page.locator('atalaya-metadata li[data-tag="5"]').waitFor();
  expect(await page.locator("nav button").nth(2).innerText()).toContain("✖");
  expect(await page.locator("atalaya-player").isVisible()).toBe(true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
  await page.locator("nav button").nth(1).click();
  expect(await page.locator("atalaya-metadata").count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});
