/** Text by a model, each character of it to be seen: none that turns a line around, moves it or shows nothing. */

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** As `observe/text.py` has it: control characters as their pictures, all else that is unseen as one sign. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (character) => {
    if (character === "\n" || character === "\t") return character;
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : code === 0x7f ? "␡" : "\ufffd";
  });
}

/** Such text within a sentence of ours: it keeps its own direction, and ours keeps its. */
export function Plain({ text }: { text: string }) {
  return <bdi>{visible(text)}</bdi>;
}

/** The end of a text too long for its place; where it was cut, a sign of it. */
export function tail(text: string, most: number): string {
  const all = [...text];
  return all.length <= most ? text : `… ${all.slice(-most).join("").replace(/^\S*\s/, "")}`;
}

/** The beginning of such a text. */
export function head(text: string, most: number): string {
  const all = [...text];
  return all.length <= most ? text : `${all.slice(0, most).join("").replace(/\s\S*$/, "")} …`;
}
