import { defineConfig } from "vite";
import { licences } from "./build/licences.ts";
import { singleFile } from "./build/single.ts";

/** The watch page as one file, dist/frozen.html, which a report is written into. Built after the pages themselves. */
export default defineConfig({
  mode: "frozen",
  plugins: [licences(), singleFile("watch.html", "frozen.html")],
  build: {
    target: ["chrome123", "firefox128", "safari17.5"],
    emptyOutDir: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false }, input: "watch.html", output: { codeSplitting: false } },
  },
});
