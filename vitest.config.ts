import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    // Two cores are what the project is sized for; vitest would leave one of them idle.
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["lib/**/*.ts", "lambdas/**/*.ts"],
      // Coverage does not reach into worker threads; what they run is in files that tests import.
      exclude: ["lib/local/*-worker.ts"],
      reporter: ["text-summary"],
      thresholds: {
        lines: 90,
        functions: 90,
        branches: 90,
        statements: 90,
        "lib/domain/**": { branches: 100 },
        "lib/steps/**": { branches: 100 },
      },
    },
  },
});
