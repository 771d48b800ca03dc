import { Formula } from "./math.tsx";

/** Whether a value needs KaTeX, or reads well as text: `(3+10)*2` does. */
const isTex = (value: string) => /[\\^_{}]/.test(value);

/** A value as one would typeset it; copying takes the plain one from elsewhere. */
export function Value({ value }: { value: string }) {
  if (isTex(value)) return <Formula tex={value} />;
  return <span class="value">{typeset(value)}</span>;
}

export function typeset(value: string): string {
  if (!/^[\d\s+*/().,=-]+$/.test(value)) return value;
  return value.replaceAll("*", "×").replaceAll("-", "−");
}

/** A box within a sentence. */
export function BoxedText({ value }: { value: string }) {
  return (
    <strong class="boxed">
      <Value value={value} />
    </strong>
  );
}
