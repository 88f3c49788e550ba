/** A browser with software WebGL, pages of the workbench, and the pixels of what they show. */
import { type Browser, chromium, type Page } from "playwright-core";
import { PNG } from "pngjs";

export interface Sight {
  theme?: "light" | "dark";
  language?: "en" | "es";
  width?: number;
  height?: number;
  path?: string;
}

export type Rgb = readonly [number, number, number];

export function serverUrl(
  name: "FULL" | "RELIEF" | "DECIDE" | "EMPTY" | "BROKEN" | "DAMAGED" | "READONLY",
): string {
  const url = process.env[`ATALAYA_${name}_URL`];
  if (!url) {
    throw new Error(`ATALAYA_${name}_URL is not set; run pytest tests/e2e/test_workbench_browser.py`);
  }
  return url;
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--ignore-gpu-blocklist",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
}

/** A page, and everything it complained about or loaded from elsewhere. */
export interface Opened {
  page: Page;
  complaints: string[];
  close: () => Promise<void>;
}

export async function open(browser: Browser, url: string, sight: Sight = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: sight.width ?? 1440, height: sight.height ?? 900 },
    colorScheme: sight.theme ?? "light",
    locale: sight.language === "es" ? "es-MX" : "en-GB",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) {
      complaints.push(`foreign request: ${request.url()}`);
    }
  });
  await page.goto(url + (sight.path ?? "/"));
  return { page, complaints, close: () => context.close() };
}

/** Wait until the map is drawn and the first picture has its place. */
export async function settled(page: Page): Promise<void> {
  await page.locator("atalaya-map canvas.maplibregl-canvas").waitFor({ state: "attached" });
  await page
    .locator('atalaya-readout [data-value="frame"]:not(:has-text("—"))')
    .waitFor({ state: "attached" });
  await page.waitForTimeout(700);
}

export async function pixels(page: Page, selector: string): Promise<PNG> {
  return PNG.sync.read(await page.locator(selector).screenshot());
}

/** Columns, rows and number of the pixels near a colour. */
export interface Found {
  count: number;
  x: number;
  y: number;
}

/** How many pixels are near the colour, and their middle. */
export function find(png: PNG, colour: Rgb, tolerance = 24): Found {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  for (let at = 0; at < png.data.length; at += 4) {
    const apart = Math.max(
      Math.abs((png.data[at] ?? 0) - colour[0]),
      Math.abs((png.data[at + 1] ?? 0) - colour[1]),
      Math.abs((png.data[at + 2] ?? 0) - colour[2]),
    );
    if (apart <= tolerance) {
      count += 1;
      sumX += (at / 4) % png.width;
      sumY += Math.floor(at / 4 / png.width);
    }
  }
  return { count, x: sumX / Math.max(1, count), y: sumY / Math.max(1, count) };
}

/** Mean brightness, 0 to 255. */
export function brightness(png: PNG): number {
  let sum = 0;
  for (let at = 0; at < png.data.length; at += 4) {
    sum += ((png.data[at] ?? 0) + (png.data[at + 1] ?? 0) + (png.data[at + 2] ?? 0)) / 3;
  }
  return sum / (png.data.length / 4);
}

/** `#0a5aa8` as three numbers. */
export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** All words on the page, those inside the parts' shadow roots too. */
export function words(page: Page, selector = "atalaya-app"): Promise<string> {
  return page.locator(selector).evaluate((start) => {
    const gather = (node: Node): string => {
      if (node instanceof Text) {
        return node.data;
      }
      if (node instanceof HTMLStyleElement) {
        return "";
      }
      const inside = node instanceof Element && node.shadowRoot ? node.shadowRoot : node;
      return Array.from(inside.childNodes, gather).join(" ");
    };
    return gather(start).replace(/\s+/g, " ");
  });
}
