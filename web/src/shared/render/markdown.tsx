/**
 * Draws markdown as nodes. There is no HTML anywhere on the way, so that nothing a model writes can become markup:
 * tags are shown as text, images as links, and links lead only to where links may lead.
 */
import type { Token, Tokens } from "marked";
import type { ComponentChildren, VNode } from "preact";
import { memo } from "../memo.ts";
import { BoxedText } from "./value.tsx";
import { lexer } from "./lexer.ts";
import { Formula } from "./math.tsx";

const LONGEST = 60_000; // longer text is shown as it is

export const Markdown = memo(({ text }: { text: string }) => <div class="prose">{draw(text)}</div>);

function draw(text: string): ComponentChildren {
  if (text.length > LONGEST) return <p class="plain">{text}</p>;
  try {
    return all(lexer(text));
  } catch {
    return <p class="plain">{text}</p>; // nested deeper than anyone reads
  }
}

type Draw = (token: never) => ComponentChildren;

/** One entry for each kind of token; a kind that is not here is shown as its source. */
const DRAW: Record<string, Draw> = {
  space: () => null,
  def: () => null,
  hr: () => <hr />,
  br: () => <br />,
  paragraph: (t: Tokens.Paragraph) => <p>{all(t.tokens)}</p>,
  heading: (t: Tokens.Heading) => <p class={`heading h${Math.min(t.depth, 4)}`}>{all(t.tokens)}</p>,
  blockquote: (t: Tokens.Blockquote) => <blockquote>{all(t.tokens)}</blockquote>,
  code: (t: Tokens.Code) => <pre tabIndex={0}><code>{t.text}</code></pre>,
  codespan: (t: Tokens.Codespan) => <code>{t.text}</code>,
  strong: (t: Tokens.Strong) => <strong>{all(t.tokens)}</strong>,
  em: (t: Tokens.Em) => <em>{all(t.tokens)}</em>,
  del: (t: Tokens.Del) => <del>{all(t.tokens)}</del>,
  text: (t: Tokens.Text) => (t.tokens ? all(t.tokens) : decoded(t.text)),
  escape: (t: Tokens.Escape) => t.text,
  checkbox: (t: Tokens.Checkbox) => <input type="checkbox" checked={t.checked} disabled />,
  math: (t: Tokens.Generic) => <Formula tex={String(t.text)} display={Boolean(t.display)} />,
  blockMath: (t: Tokens.Generic) => <Formula tex={String(t.text)} display />,
  box: (t: Tokens.Generic) => <BoxedText value={String(t.text)} />,
  link: (t: Tokens.Link) => <SafeLink href={t.href}>{all(t.tokens)}</SafeLink>,
  image: (t: Tokens.Image) => <SafeLink href={t.href}>{`[${t.text || "image"}]`}</SafeLink>,
  list: (t: Tokens.List) => list(t),
  table: (t: Tokens.Table) => table(t),
};

function all(tokens: Token[]): ComponentChildren[] {
  return tokens.map((token) => {
    const known = Object.hasOwn(DRAW, token.type) ? DRAW[token.type] : undefined;
    return known ? known(token as never) : token.raw;
  });
}

function list(token: Tokens.List): VNode {
  const items = token.items.map((item) => <li>{all(item.tokens)}</li>);
  return token.ordered ? <ol start={token.start === "" ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

function table(token: Tokens.Table): VNode {
  const align = (cell: Tokens.TableCell) => (cell.align ? `to-${cell.align}` : "");
  const head = token.header.map((cell) => <th class={align(cell)}>{all(cell.tokens)}</th>);
  const rows = token.rows.map((row) => <tr>{row.map((cell) => <td class={align(cell)}>{all(cell.tokens)}</td>)}</tr>);
  return (
    <div class="wide" tabIndex={0}>
      <table>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
    </div>
  );
}

const SCHEMES = new Set(["http:", "https:", "mailto:"]);

function SafeLink({ href, children }: { href: string; children: ComponentChildren }) {
  if (!URL.canParse(href) || !SCHEMES.has(new URL(href).protocol)) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title={href}>
      {children}
    </a>
  );
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0" };

function decoded(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (source, name: string) => ENTITIES[name] ?? source);
}
