/** Markdown to tokens, with math and boxes as tokens of their own and HTML as plain text. */
import { Marked, type TokenizerExtension } from "marked";
import { nextBox } from "./box.ts";

const INLINE_MATH = [
  { pattern: /^\$\$([^$]+?)\$\$/, display: true },
  { pattern: /^\\\[([\s\S]+?)\\\]/, display: true },
  { pattern: /^\\\(([\s\S]+?)\\\)/, display: false },
  { pattern: /^\$(?![\s$])([^$\n]*?[^\s$\\])\$(?!\d)/, display: false }, // "$5 and $6" is money
];
const BLOCK_MATH = /^ {0,3}(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]) *(?:\n+|$)/;

const inlineMath: TokenizerExtension = {
  name: "math",
  level: "inline",
  start: (source) => at(source, /\$|\\[([]/),
  tokenizer(source) {
    for (const { pattern, display } of INLINE_MATH) {
      const match = pattern.exec(source);
      if (match) return { type: "math", raw: match[0], text: match[1]?.trim(), display };
    }
    return undefined;
  },
};

const blockMath: TokenizerExtension = {
  name: "blockMath",
  level: "block",
  start: (source) => at(source, /\n {0,3}(?:\$\$|\\\[)/),
  tokenizer(source) {
    const match = BLOCK_MATH.exec(source);
    if (!match) return undefined;
    return { type: "blockMath", raw: match[0], text: (match[1] ?? match[2] ?? "").trim() };
  },
};

/** A box outside of math, as our models write it. */
const box: TokenizerExtension = {
  name: "box",
  level: "inline",
  start: (source) => at(source, /\\boxed\{/),
  tokenizer(source) {
    const found = source.startsWith("\\boxed{") ? nextBox(source) : null;
    return found ? { type: "box", raw: source.slice(0, found.end), text: found.value } : undefined;
  },
};

function at(source: string, pattern: RegExp): number | undefined {
  return pattern.exec(source)?.index;
}

const marked = new Marked({
  extensions: [inlineMath, blockMath, box],
  tokenizer: {
    html: () => undefined,
    tag: () => undefined,
    // In 3*4=12 and 5*6=30 the stars are products: no emphasis begins right behind a value.
    emStrong: (_source, _masked, before = "") => (/[\w)\]}]/.test(before) ? undefined : false),
    del: (source) => (source.startsWith("~~") ? false : undefined),
  },
});

export const lexer = (text: string) => marked.lexer(text);
