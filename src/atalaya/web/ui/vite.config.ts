import { defineConfig } from "vite";

/** Everything is an own file under /static: the page's policy allows no inline script, style or font. */
export default defineConfig({
  base: "/static/",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1600,
    license: { fileName: "licenses.md" },
  },
  worker: { format: "es" },
});
