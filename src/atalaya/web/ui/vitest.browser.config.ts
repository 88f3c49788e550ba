import { defineConfig } from "vitest/config";

/** Runs against live servers named in the environment; `tests/e2e/test_workbench_browser.py` starts them. */
export default defineConfig({
  test: {
    include: ["browser/**/*.spec.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    retry: 0,
  },
});
