import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

interface Package {
  name: string;
  version: string;
  license: string;
  dependencies: Record<string, string>;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Writes LICENSES.txt: every package that something shipped comes from, with the text of its licence. */
export function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle() {
      const imported = [...this.getModuleIds()].map(folderOf).filter((folder) => folder !== null);
      const texts = [...new Set([...imported, ...dependencies()])].sort().map(licenceOf);
      this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: texts.join("\n\n") });
    },
  };
}

/** Fonts come by way of stylesheets, so that no module tells of them. */
function dependencies(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Package;
  return Object.keys(dependencies).map((name) => join(ROOT, "node_modules", name));
}

function folderOf(id: string): string | null {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll("\0", ""))?.[1] ?? null;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (!file) throw new Error(`${name} ships no licence text`);
  return `${"=".repeat(80)}\n${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
