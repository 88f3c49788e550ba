/** Tie points and the warnings that lead to them. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PALETTES } from "../src/map/style";
import { brightness, find, launch, open, pixels, rgb, serverUrl, settled, words } from "./pages";

/** `--tie` of the light look, and of the mark over the video. */
const TIE = rgb("#1c7a12");
const CROSS = rgb("#8dff7a");

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** One tie: a press on the picture, and one on the map clear of what else is on it. */
async function tie(page: Page, x: number, y: number): Promise<void> {
  await page.locator("atalaya-player .stage").click({ position: { x, y } });
  await page.locator("atalaya-map .canvas").click({ position: { x: 180 + x / 4, y: 150 + y / 4 } });
  await page.waitForTimeout(300);
}

test("two tie points show how far each is off before and after, and go on record by keyboard", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("DECIDE"));
  await settled(page);
  await page.keyboard.press("x");
  expect(await page.locator('atalaya-ties [data-value="next"]').innerText()).toContain("crossing");
  await page.locator("atalaya-player .stage").click({ position: { x: 100, y: 80 } });
  expect(await page.locator('atalaya-ties [data-value="next"]').innerText()).toContain("on the map");
  await page.keyboard.press("Backspace");
  await tie(page, 100, 80);
  expect(await page.locator('atalaya-ties [data-value="holdout"]').innerText()).toContain("second point");
  await tie(page, 400, 200);
  const rows = await page.locator("atalaya-ties tr[data-tie]").allInnerTexts();
  expect(rows.map((it) => it.replace(/\s+/g, " ").trim())).toEqual([
    expect.stringMatching(/^1 \d+, \d+ 118 m 3.1 m$/),
    expect.stringMatching(/^2 \d+, \d+ 121 m 2.4 m$/),
  ]);
  const residual = await page.locator('atalaya-ties [data-value="residual"]').innerText();
  expect(residual.replace(/\s/g, " ")).toBe("120 m → 2.8 m");
  expect(find(await pixels(page, "atalaya-map .canvas"), TIE, 12).count, "on the map").toBeGreaterThan(200);
  expect(
    find(await pixels(page, "atalaya-player .stage"), CROSS, 40).count,
    "in the picture",
  ).toBeGreaterThan(60);
  await page.keyboard.press("a");
  expect(await words(page, "atalaya-ties")).toContain("in the name of analista.03");
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await page.getByText("178 footprints anew").waitFor();
  expect(await page.locator("atalaya-ties").count()).toBe(0);
  await page.locator('[data-value="frame"]:not(:has-text("—"))').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test("nothing else lies over the picture while tie points are set, and sites do not catch the press", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await page.keyboard.press("x");
  await page.waitForTimeout(300);
  const stage = await pixels(page, "atalaya-player .stage");
  expect(find(stage, [255, 225, 77]).count, "boxes").toBeLessThan(20);
  await page.locator("atalaya-player .stage").click({ position: { x: 100, y: 80 } });
  const marker = await page.locator('.site-marker[data-site="SIT-0004"]').boundingBox();
  await page.mouse.click((marker?.x ?? 0) + 6, (marker?.y ?? 0) + 6);
  await page.locator('atalaya-ties tr[data-tie="1"]').waitFor();
  expect(page.url()).toContain("SIT-0001");
  await page.keyboard.press("Escape");
  expect(await page.locator("atalaya-ties").count()).toBe(0);
  await close();
});

test("who may not correct a source may still try", async () => {
  const { page, close } = await open(browser, serverUrl("READONLY"), { language: "es", theme: "dark" });
  await settled(page);
  await page.keyboard.press("x");
  await tie(page, 120, 90);
  await page.locator('atalaya-ties [data-value="residual"]').waitFor();
  const said = await words(page, "atalaya-ties");
  expect(said).toContain("Su función (oversight-auditor) puede probar pero no corregir.");
  expect(said).not.toMatch(/Point|before|after|median\b/);
  expect(brightness(await pixels(page, "atalaya-ties"))).toBeLessThan(80);
  await close();
});

for (const [language, wanted, remedy] of [
  ["en", "they are off by about 28.4 m", "above the sea or above the ellipsoid"],
  ["es", "difieren unos 28.4 m", "sobre el nivel del mar o sobre el elipsoide"],
] as const) {
  test(`a wrong datum is a warning that a person understands, with what to do, ${language}`, async () => {
    const { page, complaints, close } = await open(browser, serverUrl("DAMAGED"), { language });
    await settled(page);
    const warning = page.locator('atalaya-warning [data-kind="datum"]');
    expect(await warning.innerText()).toContain(wanted);
    expect(await warning.innerText()).not.toContain(remedy);
    await warning.locator("summary").click();
    expect(await warning.innerText()).toContain(remedy);
    expect(await warning.locator("code").innerText()).toBe("atalaya terrain doctor");
    const shown = await pixels(page, 'atalaya-warning [data-kind="datum"]');
    expect(find(shown, rgb("#8a5a00"), 20).count, "sign").toBeGreaterThan(80);
    await warning.getByRole("button").click();
    expect(await warning.count()).toBe(0);
    expect(await page.locator('atalaya-warning [data-kind="pose"]').count()).toBe(1);
    const map = await pixels(page, "atalaya-map .canvas");
    expect(find(map, rgb(PALETTES.light.footprint)).count).toBeGreaterThan(100);
    expect(complaints).toEqual([]);
    await close();
  });
}

test("a source without such problems has no warning", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  expect(await page.locator("atalaya-warning .warning").count()).toBe(0);
  await close();
});
