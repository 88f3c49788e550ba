/** Layers of the map: what was looked at, what was truly seen, and the outline along the relief. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PALETTES } from "../src/map/style";
import { find, launch, open, pixels, rgb, serverUrl, settled } from "./pages";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

for (const theme of ["light", "dark"] as const) {
  test(`a key shows what was truly seen and another puts away what was looked at, ${theme}`, async () => {
    const { page, complaints, close } = await open(browser, serverUrl("FULL"), { theme });
    await settled(page);
    const before = await pixels(page, "atalaya-map .canvas");
    await page.keyboard.press("v");
    await page.locator('.legend li:has(.swatch.exposure):has-text("0.22")').waitFor();
    await page.waitForTimeout(700);
    const seen = await pixels(page, "atalaya-map .canvas");
    const teal = theme === "light" ? rgb("#5fa9b4") : rgb("#075360");
    expect(find(seen, teal, 26).count).toBeGreaterThan(find(before, teal, 26).count + 4000);
    await page.keyboard.press("v");
    await page.keyboard.press("w");
    await page.waitForTimeout(700);
    const bare = await pixels(page, "atalaya-map .canvas");
    const ground = rgb(PALETTES[theme].ground);
    expect(find(bare, ground, 3).count).toBeGreaterThan(find(before, ground, 3).count + 5000);
    expect(await page.locator(".legend li:has(.swatch.exposure)").count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
}

test("the layers stay when the look of the page changes, and coverage is remembered", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"), { language: "es" });
  await settled(page);
  await page.keyboard.press("v");
  await page.keyboard.press("w");
  await page.locator('.legend li:has(.swatch.exposure):has-text("visto, contando el relieve")').waitFor();
  await page.keyboard.press("t");
  await page.waitForTimeout(1200);
  const dark = await pixels(page, "atalaya-map .canvas");
  expect(find(dark, rgb("#075360"), 26).count).toBeGreaterThan(4000);
  await page.reload();
  await settled(page);
  expect(await page.getByLabel("Lo que se miró").getAttribute("aria-pressed")).toBe("false");
  expect(complaints).toEqual([]);
  await close();
});

test("the footprint of a picture that stands still follows the relief", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await page.waitForTimeout(600);
  const still = find(await pixels(page, "atalaya-map .canvas"), rgb(PALETTES.light.footprint), 40);
  await page.route("**/outline*", (route) => route.abort());
  await page.keyboard.press(".");
  await page.waitForTimeout(700);
  const corners = find(await pixels(page, "atalaya-map .canvas"), rgb(PALETTES.light.footprint), 40);
  expect(still.count, "longer along the ridge").toBeGreaterThan(corners.count * 1.08);
  expect(corners.count).toBeGreaterThan(300);
  expect(complaints.filter((it) => !it.includes("ERR_FAILED"))).toEqual([]);
  await close();
});
