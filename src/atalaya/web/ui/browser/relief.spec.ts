/** The user's own terrain under the map, told from its pixels. */
import type { Browser } from "playwright-core";
import type { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PALETTES } from "../src/map/style";
import { brightness, find, launch, open, pixels, rgb, serverUrl, settled } from "./pages";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** How many tones there are: shaded ground has hundreds, a plain one a few. */
function tones(png: PNG): number {
  const seen = new Set<number>();
  for (let at = 0; at < png.data.length; at += 4) {
    seen.add(((png.data[at] ?? 0) << 16) | ((png.data[at + 1] ?? 0) << 8) | (png.data[at + 2] ?? 0));
  }
  return seen.size;
}

for (const theme of ["light", "dark"] as const) {
  test(`the ${theme} map is shaded by the user's own terrain`, async () => {
    const { page, complaints, close } = await open(browser, serverUrl("RELIEF"), { theme });
    await settled(page);
    const shaded = await pixels(page, "atalaya-map .canvas");
    const plain = await open(browser, serverUrl("FULL"), { theme });
    await settled(plain.page);
    const bare = await pixels(plain.page, "atalaya-map .canvas");
    expect(tones(shaded)).toBeGreaterThan(tones(bare) + 400);
    expect(find(shaded, rgb(PALETTES[theme].footprint)).count, "footprint").toBeGreaterThan(300);
    expect(Math.abs(brightness(shaded) - brightness(bare))).toBeLessThan(40);
    expect(complaints).toEqual([]);
    await plain.close();
    await close();
  });
}

test("ground of unknown height is hatched, and ground beyond the terrain is plain", async () => {
  const palette = PALETTES.light;
  const { page, complaints, close } = await open(browser, serverUrl("RELIEF"));
  await settled(page);
  for (let at = 0; at < 3; at++) {
    await page.getByLabel("Zoom out").click();
    await page.waitForTimeout(450);
  }
  await page.waitForTimeout(800);
  const map = await pixels(page, "atalaya-map .canvas");
  expect(find(map, rgb(palette.ground), 2).count, "beyond").toBeGreaterThan(15_000);
  const hatched = find(map, [219, 219, 219], 3);
  expect(hatched.count, "unknown").toBeGreaterThan(300);
  expect(hatched.x, "in the east").toBeGreaterThan(map.width / 2);
  expect(hatched.y, "in the north").toBeLessThan(map.height / 2);
  expect(complaints).toEqual([]);
  await close();
});
