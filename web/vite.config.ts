import { defineConfig } from "vitest/config";
import { licences } from "./build/licences.ts";
import { onlyWoff2 } from "./build/fonts.ts";
import { strictPolicy } from "./build/policy.ts";

const server = process.env.SCRATCHWORK ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./", // works under any prefix
  plugins: [onlyWoff2(), strictPolicy(), licences()],
  build: {
    target: ["chrome123", "firefox128", "safari17.5"], // the first with light-dark()
    assetsInlineLimit: 0, // the policy allows no font from a data: address
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false }, input: { chat: "index.html", watch: "watch.html" } },
  },
  server: { proxy: { "/v1": server, "/health": server, "/version": server } },
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"] },
});
