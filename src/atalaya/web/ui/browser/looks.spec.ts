/** Chips with swipe and focus, ground that was not observed, and what detectors are worth. */
import type { Browser, Page } from "playwright-core";
import type { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { find, launch, open, pixels, rgb, serverUrl, settled, words } from "./pages";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const FRAME = "atalaya-chips .frame";
/** The seeded roof, and its spread over the integral's grey. */
const ROOF = rgb("#285ae1");

/** The chips are there and drawn. */
async function chipsOf(page: Page): Promise<void> {
  await page.locator(`${FRAME} img.left`).waitFor();
  await page.waitForFunction(() => {
    const find = (root: Document | ShadowRoot): HTMLImageElement[] =>
      [...root.querySelectorAll("*")].flatMap((it) => [
        ...(it instanceof HTMLImageElement && it.dataset.layer ? [it] : []),
        ...(it.shadowRoot ? find(it.shadowRoot) : []),
      ]);
    const shown = find(document);
    return shown.length === 2 && shown.every((it) => it.complete && it.naturalWidth === 256);
  });
  await page.waitForTimeout(200);
}

/** How sharp the roof's edges are: pixels in its full colour. */
function roof(png: PNG): number {
  return find(png, ROOF, 40).count;
}

for (const theme of ["light", "dark"] as const) {
  test(`the line between the layers moves by hand and by keyboard, ${theme}`, async () => {
    const { page, complaints, close } = await open(browser, serverUrl("FULL"), { theme });
    await settled(page);
    await page.keyboard.press("o");
    await chipsOf(page);
    for (let step = 0; step < 4; step++) {
      await page.keyboard.press("u");
    }
    expect(await page.locator('atalaya-chips [data-value="plane"]').textContent()).toMatch(/^\+2\.0\sm$/);
    await page.waitForTimeout(400);
    const half = roof(await pixels(page, FRAME));
    const box = await page.locator(FRAME).boundingBox();
    if (!box) {
      throw new Error("no chip");
    }
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 4, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    const line = page.getByRole("slider", { name: "Line between the layers" });
    expect(Number(await line.getAttribute("aria-valuenow"))).toBeLessThan(4);
    const whole = roof(await pixels(page, FRAME));
    expect(half).toBeGreaterThan(500);
    expect(whole).toBeGreaterThan(half * 1.6);
    await page.keyboard.press("End");
    await page.waitForTimeout(100);
    expect(roof(await pixels(page, FRAME)), "one look sees crowns only").toBe(0);
    await page.keyboard.press("ArrowLeft");
    expect(await line.getAttribute("aria-valuenow")).toBe("95");
    expect(await page.locator("atalaya-site h1").textContent(), "arrows of the line move no site").toBe(
      "SIT-0001",
    );
    expect(complaints).toEqual([]);
    await close();
  });
}

test("the focus slider moves the sheet, and what stands at that height becomes sharp", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"));
  await settled(page);
  await page.keyboard.press("o");
  await chipsOf(page);
  await page.keyboard.press("S");
  await page.keyboard.press("S");
  const ground = roof(await pixels(page, FRAME));
  const slider = page.locator('atalaya-chips input[type="range"]');
  await slider.focus();
  for (let step = 0; step < 4; step++) {
    await page.keyboard.press("ArrowRight");
  }
  await page.waitForTimeout(500);
  expect(await page.locator('atalaya-chips [data-value="plane"]').textContent()).toMatch(/^\+2\.0\sm$/);
  expect(roof(await pixels(page, FRAME))).toBeGreaterThan(ground + 1500);
  expect(await page.locator("atalaya-site h1").textContent()).toBe("SIT-0001");
  expect(complaints).toEqual([]);
  await close();
});

test("what is not there and what was not observed is said with its reason, in both languages", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"), { path: "/#/site/SIT-0005" });
  await settled(page);
  await chipsOf(page);
  expect(await words(page, "atalaya-chips")).toContain(
    "seen from 1 sector of 45° only, 3 are needed: not observed",
  );
  expect(await words(page, "atalaya-chips")).toContain("No thermal source in the sorties of this site.");
  expect(await page.locator('atalaya-chips option[value="thermal"]').first().isDisabled()).toBe(true);
  await page.keyboard.press("l");
  expect(await words(page, "atalaya-chips")).toContain("visto solo desde 1 sector de 45°");
  expect(await words(page, "atalaya-chips")).toContain("no tienen fuente térmica");
  expect(await words(page, "atalaya-chips")).toContain("SYNTHETIC · SINTÉTICO");
  expect(complaints).toEqual([]);
  await close();
});

test("a thermal layer can be swiped against another, and a run's picture says so on the ground only", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"), { path: "/#/site/SIT-0002" });
  await settled(page);
  await chipsOf(page);
  expect(await words(page, "atalaya-chips")).toContain("from detect looks");
  await page.keyboard.press("u");
  expect(await words(page, "atalaya-chips")).not.toContain("from detect looks");
  await page.keyboard.press("b");
  await page.keyboard.press("b");
  expect(await page.locator(`${FRAME} img.left`).getAttribute("data-layer")).toBe("integral");
  expect(await page.locator(`${FRAME} img.right`).getAttribute("data-layer")).toBe("thermal");
  expect(complaints).toEqual([]);
  await close();
});

for (const theme of ["light", "dark"] as const) {
  test(`a key shades what was not observed, each kind in its own tone, ${theme}`, async () => {
    const { page, complaints, close } = await open(browser, serverUrl("FULL"), { theme });
    await settled(page);
    await page.keyboard.press("f");
    await page.waitForTimeout(600);
    const before = await pixels(page, "atalaya-map .canvas");
    await page.keyboard.press("n");
    await page.locator('.legend li.unseen:has-text("under canopy: 13")').waitFor();
    await page.waitForTimeout(900);
    const shaded = await pixels(page, "atalaya-map .canvas");
    const orange = find(shaded, rgb(theme === "light" ? "#e5b34c" : "#a97508"), 50).count;
    const blue = find(shaded, rgb(theme === "light" ? "#3f92c3" : "#02588a"), 40).count;
    expect(orange).toBeGreaterThan(
      find(before, rgb(theme === "light" ? "#e5b34c" : "#a97508"), 50).count + 1500,
    );
    expect(blue).toBeGreaterThan(
      find(before, rgb(theme === "light" ? "#3f92c3" : "#02588a"), 40).count + 1500,
    );
    await page.keyboard.press("n");
    expect(await page.locator(".legend li.unseen").count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
}

test("where nobody brought the looks together the legend says so", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("DAMAGED"), { language: "es" });
  await settled(page);
  await page.keyboard.press("n");
  await page.locator('.legend li.unseen:has-text("Nadie ha reunido aún las miradas")').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

for (const theme of ["light", "dark"] as const) {
  test(`the supervisor reads what detectors are worth, ${theme}`, async () => {
    const { page, complaints, close } = await open(browser, serverUrl("FULL"), { theme });
    await settled(page);
    await page.keyboard.press("e");
    await page.locator("atalaya-evaluations svg.plot polyline.curve").first().waitFor({ state: "attached" });
    expect(await page.locator("atalaya-evaluations polyline.curve").count()).toBeGreaterThan(1);
    const found = await pixels(page, "atalaya-evaluations dialog");
    const blue = rgb(theme === "light" ? "#0072b2" : "#56b4e9");
    expect(find(found, blue, 20).count, "its curve has the colour of the look").toBeGreaterThan(200);
    expect(await words(page, "atalaya-evaluations")).toContain("was altered after it was kept");
    await page.keyboard.press("l");
    await page.locator('atalaya-evaluations h2:has-text("Cuánto valen")').waitFor();
    expect(await words(page, "atalaya-evaluations")).toContain("falsas alarmas");
    await page.keyboard.press("j");
    expect(await page.locator("atalaya-site h1").textContent(), "keys below do nothing").toBe("SIT-0001");
    await page.keyboard.press("Escape");
    expect(
      await page.locator("atalaya-evaluations dialog").evaluate((it) => (it as HTMLDialogElement).open),
    ).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  });
}

test("without an evaluation the page says how to keep one", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("DAMAGED"));
  await settled(page);
  await page.keyboard.press("e");
  await page.locator('atalaya-evaluations p.state:has-text("--keep")').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test("on a phone the chips fit the width and nothing overflows", async () => {
  const { page, complaints, close } = await open(browser, serverUrl("FULL"), { width: 390, height: 844 });
  await page.locator("nav button").nth(3).click();
  await chipsOf(page);
  await page.locator(FRAME).scrollIntoViewIfNeeded();
  const box = await page.locator(FRAME).boundingBox();
  expect(box?.width ?? 0).toBeGreaterThan(300);
  expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(390);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(complaints).toEqual([]);
  await close();
});
