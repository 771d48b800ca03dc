/**
 * What the thinking does, marked as it comes: checks that held or failed, backtracks, second derivations.
 *
 * The words of our own models first, then those that other models use. A reading aid, not a measurement: the numbers
 * in the reports are counted in Python, by programs that know the problem.
 */

export type Kind = "check" | "held" | "failed" | "wait" | "second";

export interface Piece {
  kind: Kind | null;
  text: string;
}

const NUMBER = String.raw`-?\d{1,15}(?:[./]\d{1,15})?`;

const PATTERN = new RegExp(
  [
    String.raw`(?<held>(?<![\d.])${NUMBER} against ${NUMBER}: yes\b` +
      String.raw`|\b(?:[Tt]h(?:at|is)|[Ii]t|[Ww]hich) (?:checks out|works|matches)\b|验算(?:通过|成立|正确)|符合(?:条件|题意))`,
    String.raw`(?<failed>(?<![\d.])${NUMBER} against ${NUMBER}: no\b` +
      String.raw`|\b(?:[Tt]h(?:at|is)|[Ii]t|[Ww]hich) (?:doesn['’]t|does not) (?:check out|work|match)\b` +
      String.raw`|\b[Tt]hat(?:['’]s| is) (?:wrong|not right|not correct|incorrect)\b|不符合|不成立|算错了)`,
    String.raw`(?<second>\b(?:Another way:|Again:|Need ${NUMBER}(?=\.)|Alternatively\b|Another (?:way|approach|method)\b` +
      String.raw`|[Ll]et(?: me|'s|’s) try (?:another|a different) (?:way|approach|method)\b)` +
      `|换一?[个种](?:角度|方法|思路|办法|方式)|另外?一种(?:方法|思路|解法|办法))`,
    String.raw`(?<wait>\b(?:Wait|Hold on|Hmm+)\b|等等|等一下|慢着|不对(?!称|应|等))`,
    String.raw`(?<check>\bCheck:|\b(?:[Ll]et(?: me|'s|’s) )?(?:[Dd]ouble[- ]check|DOUBLE-CHECK)\b` +
      String.raw`|\b[Ll]et(?: me|'s|’s) (?:re)?(?:check|verify)\b|验算|检验|检查一下|验证一下)`,
  ].join("|"),
  "g",
);

/** The text in pieces, the remarkable ones with their kind. Joined they are the text again. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(PATTERN)) {
    if (match.index > at) found.push({ kind: null, text: text.slice(at, match.index) });
    found.push({ kind: kindOf(match), text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ kind: null, text: text.slice(at) });
  return found;
}

function kindOf(match: RegExpExecArray): Kind | null {
  const entry = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined);
  return (entry?.[0] as Kind | undefined) ?? null;
}

export type Tally = Partial<Record<Kind, number>>;

export function tally(text: string): Tally {
  const counts: Tally = {};
  for (const { kind } of pieces(text)) if (kind) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const BLOCK = 1200;

/**
 * Cuts a long text at ends of sentences. Blocks that are cut never change as text is added behind, so that a page
 * draws each of them once.
 */
export function blocks(text: string): string[] {
  const found: string[] = [];
  const sentenceEnd = /[.!?]\s+(?=\S)|[。！？\n](?=\S)/g;
  let at = 0;
  for (;;) {
    sentenceEnd.lastIndex = at + BLOCK;
    if (sentenceEnd.lastIndex >= text.length || !sentenceEnd.exec(text)) break;
    found.push(text.slice(at, sentenceEnd.lastIndex));
    at = sentenceEnd.lastIndex;
  }
  if (at < text.length) found.push(text.slice(at));
  return found;
}
