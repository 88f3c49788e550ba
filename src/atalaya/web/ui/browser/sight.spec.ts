/** What the page shows, told from its pixels. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PALETTES } from "../src/map/style";
import { brightness, find, launch, open, pixels, rgb, serverUrl, settled } from "./pages";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

for (const theme of ["light", "dark"] as const) {
  test(`the ${theme} map has footprint, coverage and sites in the colours of their status`, async () => {
    const palette = PALETTES[theme];
    const { page, complaints, close } = await open(browser, serverUrl("FULL"), { theme });
    await settled(page);
    const whole = await pixels(page, "atalaya-map .canvas");
    expect(find(whole, rgb(palette.footprint)).count, "footprint").toBeGreaterThan(300);
    expect(find(whole, rgb(palette.ground), 3).count, "ground").toBeGreaterThan(20_000);
    await page.keyboard.press("F");
    await page.waitForTimeout(900);
    const near = await pixels(page, "atalaya-map .canvas");
    expect(find(near, rgb(palette.status.probable ?? ""), 12).count, "probable").toBeGreaterThan(150);
    const marked = find(near, rgb(palette.status.probable ?? ""), 12);
    expect(Math.abs(marked.x - near.width / 2), "the site is in the middle").toBeLessThan(near.width / 4);
    expect(complaints).toEqual([]);
    await close();
  });
}

test("dark and light look different", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  const light = brightness(await pixels(page, "atalaya-map .canvas"));
  await page.keyboard.press("t");
  await page.waitForTimeout(900);
  const map = await pixels(page, "atalaya-map .canvas");
  expect(light).toBeGreaterThan(180);
  expect(brightness(map)).toBeLessThan(60);
  expect(find(map, rgb(PALETTES.dark.footprint)).count, "the footprint is drawn again").toBeGreaterThan(300);
  expect(brightness(await pixels(page, "atalaya-queue"))).toBeLessThan(90);
  await close();
});

test("the footprint moves on the map while the video plays", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  const colour = rgb(PALETTES.light.footprint);
  const frame = () => page.locator('[data-value="frame"]').textContent();
  const before = find(await pixels(page, "atalaya-map .canvas"), colour);
  const frameBefore = Number(await frame());
  await page.keyboard.press("Space");
  await page.waitForTimeout(3500);
  await page.keyboard.press("Space");
  await page.waitForTimeout(600);
  const after = find(await pixels(page, "atalaya-map .canvas"), colour);
  expect(Number(await frame())).toBeGreaterThan(frameBefore + 10);
  expect(after.count).toBeGreaterThan(300);
  expect(after.x - before.x, "eastward").toBeGreaterThan(25);
  expect(complaints).toEqual([]);
  await close();
});

test("the picture is shown with boxes over it, and boxes can be put away", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  const shown = await pixels(page, "atalaya-player .stage");
  expect(brightness(shown)).toBeGreaterThan(50);
  expect(find(shown, [255, 225, 77]).count, "boxes").toBeGreaterThan(80);
  expect(find(shown, [255, 122, 217]).count, "site").toBeGreaterThan(60);
  await page.locator("atalaya-player").getByRole("checkbox").uncheck();
  await page.waitForTimeout(300);
  const bare = find(await pixels(page, "atalaya-player .stage"), [255, 225, 77]);
  expect(bare.count).toBeLessThan(find(shown, [255, 225, 77]).count / 4);
  await close();
});

test("the picture on screen and the numbers beside it are of the same frame", async () => {
  const { page, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await page.keyboard.press(".");
  await page.waitForTimeout(500);
  expect(await page.locator('[data-value="frame"]').textContent()).toBe("23");
  const mediaTime = await page
    .locator("atalaya-player video")
    .evaluate((it) => (it as HTMLVideoElement).currentTime);
  expect(Math.floor(mediaTime * 15)).toBe(23);
  await close();
});

test("a source without pictures moves the footprint by its slider", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await page.getByLabel("Source", { exact: true }).selectOption({ index: 1 });
  await page.locator("atalaya-player .stage p").waitFor();
  const slider = page.locator("atalaya-player input[type=range]");
  await slider.fill("0");
  await page.waitForTimeout(500);
  const colour = rgb(PALETTES.light.footprint);
  const before = find(await pixels(page, "atalaya-map .canvas"), colour);
  await slider.fill("150");
  await page.waitForTimeout(500);
  const after = find(await pixels(page, "atalaya-map .canvas"), colour);
  expect(after.x - before.x).toBeGreaterThan(100);
  expect(await page.locator("atalaya-readout .notes").first().textContent()).toContain("3 of 180");
  expect(complaints).toEqual([]);
  await close();
});

test("on a phone every part is one tap away and nothing sticks out", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"), { width: 390, height: 844 });
  await page.locator("atalaya-queue li").first().waitFor();
  for (const [tab, part] of [
    ["Candidates", "atalaya-queue"],
    ["Map and video", "atalaya-map"],
    ["Site", "atalaya-site"],
  ] as const) {
    await page.getByRole("button", { name: tab, exact: true }).click();
    expect(await page.locator(part).isVisible()).toBe(true);
    const sticksOut = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(sticksOut, tab).toBe(false);
  }
  await page.getByRole("button", { name: "Map and video", exact: true }).click();
  await settled(page);
  const map = await pixels(page, "atalaya-map .canvas");
  expect(find(map, rgb(PALETTES.light.footprint)).count).toBeGreaterThan(100);
  expect(complaints).toEqual([]);
  await close();
});
