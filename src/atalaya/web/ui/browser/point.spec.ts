/** A press on the video and a press on the map: what is said of the point, and what is drawn. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PALETTES } from "../src/map/style";
import { POINT_COLOUR } from "../src/parts/scene";
import { find, launch, open, pixels, rgb, serverUrl, settled, words } from "./pages";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const CROSS = rgb(POINT_COLOUR);

/** Press the picture at a part of its width and height. */
async function press(page: Page, across: number, down: number): Promise<void> {
  const stage = page.locator("atalaya-player .stage");
  const box = await stage.boundingBox();
  await stage.click({ position: { x: across * (box?.width ?? 0), y: down * (box?.height ?? 0) } });
}

/** Where on the map a place so many metres from the middle of frame 22 lies. */
async function onMap(page: Page, east: number, north: number): Promise<{ x: number; y: number }> {
  const source = await page.request.get(`${serverUrl("FULL")}/api/v1/workspace`);
  const id = (await source.json()).sources[0].source_id;
  const timeline = await (
    await page.request.get(`${serverUrl("FULL")}/api/v1/sources/${id}/timeline`)
  ).json();
  const [lon, lat] = timeline.centre[22];
  const place: [number, number] = [lon + east / 100_700, lat + north / 110_900];
  return page.evaluate((at) => {
    const part = document
      .querySelector("atalaya-app")
      ?.shadowRoot?.querySelector("atalaya-map") as unknown as {
      map: { project(place: [number, number]): { x: number; y: number } };
    };
    const { x, y } = part.map.project(at);
    return { x, y };
  }, place);
}

async function said(page: Page, value: string): Promise<string> {
  const text = await page.locator(`atalaya-point [data-value="${value}"]`).innerText();
  return text.replace(/\s/g, " ");
}

for (const theme of ["light", "dark"] as const) {
  test(`a press on the video says where that is and draws it, ${theme}`, async () => {
    const { page, complaints, close } = await open(browser, serverUrl("RELIEF"), { theme });
    await settled(page);
    const bare = find(await pixels(page, "atalaya-map .canvas"), rgb(PALETTES[theme].point), 40).count;
    await press(page, 0.75, 0.5);
    await page.locator('atalaya-point [data-value="mgrs"]').waitFor();
    expect(await said(page, "mgrs")).toMatch(/^13RBH \d{5} \d{5}$/);
    expect(await said(page, "utm")).toMatch(/^13R 285 \d{3} E 2 758 \d{3} N$/);
    expect(await said(page, "height")).toBe("1243 m ellipsoid · 1271 m sea level");
    expect([await said(page, "ce90"), await said(page, "le90")]).toEqual(["26 m", "8.2 m"]);
    await page.waitForTimeout(500);
    const stage = await pixels(page, "atalaya-player .stage");
    const cross = find(stage, CROSS, 40);
    expect(cross.count, "cross").toBeGreaterThan(30);
    expect(Math.abs(cross.x - 0.75 * stage.width)).toBeLessThan(3);
    expect(Math.abs(cross.y - 0.5 * stage.height)).toBeLessThan(3);
    const map = await pixels(page, "atalaya-map .canvas");
    expect(find(map, rgb(PALETTES[theme].point), 40).count, "region").toBeGreaterThan(bare + 40);
    expect(complaints).toEqual([]);
    await close();
  });
}

test("broken ground is told as a sentence and drawn as two regions, in Spanish too", async () => {
  const { page, close } = await open(browser, serverUrl("RELIEF"), { language: "es", theme: "dark" });
  await settled(page);
  await press(page, 0.95, 0.2);
  await page.locator('atalaya-point [data-value="other-slope"]').waitFor();
  expect((await said(page, "other-slope")).trim()).toBe(
    "Con una probabilidad del 23 % está en realidad en otra ladera: a 236 m al noreste, 118 m más abajo.",
  );
  expect(await said(page, "ce90")).toBe("212 m");
  expect(await words(page, "atalaya-point")).not.toMatch(/slope|Height|Copy\b/);
  await page.waitForTimeout(500);
  const map = await pixels(page, "atalaya-map .canvas");
  expect(find(map, rgb(PALETTES.dark.point), 40).count).toBeGreaterThan(120);
  await close();
});

test("a pixel without a place says why in the language of the page", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await press(page, 0.5, 0.02);
  await page.locator('atalaya-point [data-value="why"]').waitFor();
  expect(await said(page, "why")).toContain("shows the sky");
  expect(await page.locator('atalaya-point [data-value="mgrs"]').count()).toBe(0);
  await page.keyboard.press("l");
  expect(await said(page, "why")).toContain("muestra el cielo");
  await page.keyboard.press("Escape");
  expect(await page.locator("atalaya-point").count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test("by keyboard a point is set, moved and copied", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await settled(page);
  await page.keyboard.press("p");
  await page.locator('atalaya-point [data-value="mgrs"]').waitFor();
  expect(await said(page, "pixel")).toBe("x 320, y 180, frame 22");
  const before = await said(page, "lonlat");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  await page.waitForTimeout(600);
  expect(await said(page, "pixel")).toBe("x 336, y 181, frame 22");
  expect(await said(page, "lonlat")).not.toBe(before);
  await page.keyboard.press("y");
  await page.getByText("Copied: -107.1").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^-107\.\d{6}, 24\.\d{6}$/);
  await page.keyboard.press("Shift+Y");
  await page.waitForTimeout(200);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^13RBH \d{5} \d{5}$/);
  expect(complaints).toEqual([]);
  await close();
});

test("a press on the map shows where that is in the picture, or says that it is outside or hidden", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  const canvas = page.locator("atalaya-map .canvas");
  await canvas.click({ position: await onMap(page, 60, 20) });
  await page.locator('atalaya-point [data-value="lonlat"]').waitFor();
  await page.locator('atalaya-point [data-value="pixel"]:has-text("frame 22")').waitFor();
  expect(await said(page, "pixel")).toMatch(/^x \d+, y \d+, frame 22$/);
  await page.waitForTimeout(300);
  expect(find(await pixels(page, "atalaya-player .stage"), CROSS, 40).count).toBeGreaterThan(30);
  await canvas.click({ position: await onMap(page, -100, 20) });
  await page.locator('atalaya-point [data-value="why"]:has-text("Hidden by relief")').waitFor();
  await canvas.click({ position: await onMap(page, 700, -400) });
  await page.locator('atalaya-point [data-value="why"]:has-text("outside the picture")').waitFor();
  expect(find(await pixels(page, "atalaya-player .stage"), CROSS, 40).count).toBeLessThan(10);
  expect(await said(page, "mgrs")).toMatch(/^13RBH/);
  expect(complaints).toEqual([]);
  await close();
});

test("a point stays on its place while the video goes on", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await press(page, 0.75, 0.6);
  await page.locator('atalaya-point [data-value="mgrs"]').waitFor();
  const place = await said(page, "lonlat");
  await page.waitForTimeout(300);
  const before = find(await pixels(page, "atalaya-player .stage"), CROSS, 40);
  for (let at = 0; at < 8; at++) {
    await page.keyboard.press(".");
    await page.waitForTimeout(150);
  }
  await page.waitForTimeout(500);
  const after = find(await pixels(page, "atalaya-player .stage"), CROSS, 40);
  expect(await said(page, "lonlat")).toBe(place);
  expect(after.count).toBeGreaterThan(30);
  expect(after.x, "the picture moves on, the place does not").toBeLessThan(before.x - 20);
  await close();
});
