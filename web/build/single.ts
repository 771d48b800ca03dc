import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const PUBLIC = fileURLToPath(new URL("../public/", import.meta.url));
/** What the Python side fills: a map from request path to answer, with every `<` written as \u003c. */
const SLOT = '<script type="application/json" id="frozen"></script>';
const UNNEEDED = "katex/dist/katex.min.css"; // a frozen page has its formulas as MathML, which browsers draw by themselves

/**
 * Turns the built page `source` into one file that needs no other: scripts, styles, fonts and the texts of the licences
 * are in it, and its policy allows these very scripts and styles and no address at all.
 */
export function singleFile(source: string, name: string): Plugin {
  return {
    name: "single-file",
    apply: "build",
    config: () => ({ build: { assetsInlineLimit: Number.MAX_SAFE_INTEGER, cssCodeSplit: false, copyPublicDir: false } }),
    resolveId: { order: "pre", handler: (id) => (id === UNNEEDED ? `\0${UNNEEDED}.js` : null) },
    load: (id) => (id === `\0${UNNEEDED}.js` ? "" : null),
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const files = Object.values(bundle);
        const texts = (ending: string) =>
          files
            .filter((file) => file.fileName.endsWith(ending))
            .map((file) => (file.type === "chunk" ? file.code : String(file.source)));
        const [page, ...others] = texts(source);
        if (page === undefined || others.length) this.error(`one ${source} was to be built`);
        const parts = { scripts: texts(".js"), styles: texts(".css"), licences: texts("LICENSES.txt").join("\n") };
        if (parts.scripts.length !== 1) this.error(`one script was to be built, not ${parts.scripts.length}`);
        for (const file of Object.keys(bundle)) delete bundle[file];
        this.emitFile({ type: "asset", fileName: name, source: assemble(page as string, parts) });
      },
    },
  };
}

interface Parts {
  scripts: string[];
  styles: string[];
  licences: string;
}

function assemble(page: string, { scripts, styles, licences }: Parts): string {
  const theme = within(readFileSync(join(PUBLIC, "theme.js"), "utf8"));
  const script = within(scripts.join("\n"));
  const style = styles.join("\n").replaceAll(/<\/(?=style)/gi, "<\\/");
  const title = /<title>[^<]*<\/title>/.exec(page)?.[0] ?? "";
  const icon = Buffer.from(readFileSync(join(PUBLIC, "icon.svg"))).toString("base64");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy([theme, script], style)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
    <meta name="referrer" content="no-referrer" />
    <meta name="color-scheme" content="light dark" />
    ${title}
    <link rel="icon" href="data:image/svg+xml;base64,${icon}" />
    <script>${theme}</script>
    <style>${style}</style>
  </head>
  <body>
    <div id="app"></div>
    <noscript>This page needs JavaScript. All of it is in this file.</noscript>
    ${SLOT}
    <script type="text/plain" id="licences">${within(licences)}</script>
    <script type="module">${script}</script>
  </body>
</html>
`;
}

/** Text that ends no script element, and opens no comment within one. */
function within(text: string): string {
  return text.replaceAll(/<(?=\/script|script|!--)/gi, "\\x3c");
}

function policy(scripts: string[], style: string): string {
  const hashes = (texts: string[]) => texts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`).join(" ");
  return [
    "default-src 'none'",
    `script-src ${hashes(scripts)}`,
    `style-src ${hashes([style])}`,
    "img-src data:",
    "font-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}
