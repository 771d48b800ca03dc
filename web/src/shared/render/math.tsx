import { useLayoutEffect, useRef, useState } from "preact/hooks";

type Katex = typeof import("katex").default;

let katex: Katex | null = null;
let loading: Promise<Katex> | null = null;

/** KaTeX and its fonts come when the first formula does, or when the page has nothing else to do. */
export function loadKatex(): Promise<Katex> {
  loading ??= Promise.all([import("katex"), import("katex/dist/katex.min.css")]).then(([module]) => {
    katex = module.default;
    return katex;
  });
  return loading;
}

const LONGEST = 4000;
/** Within a single file there are no fonts for KaTeX; browsers draw MathML with their own. */
const OUTPUT = import.meta.env.MODE === "frozen" ? "mathml" : "htmlAndMathml";
const SETTINGS = {
  output: OUTPUT,
  trust: false,
  throwOnError: true,
  strict: "ignore",
  maxExpand: 200,
  maxSize: 12,
  errorColor: "currentColor",
} as const;

/** A formula. Until KaTeX is there, and where KaTeX cannot read it, its source. */
export function Formula({ tex, display = false }: { tex: string; display?: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  const [ready, setReady] = useState(katex !== null);
  useLayoutEffect(() => {
    if (!ready) void loadKatex().then(() => setReady(true), () => undefined);
    if (place.current) draw(place.current, tex, display);
  }, [tex, display, ready]);
  return <span ref={place} class={display ? "formula display" : "formula"} />;
}

/** KaTeX builds nodes, not HTML, so that nothing in `tex` can become markup. */
function draw(place: HTMLElement, tex: string, displayMode: boolean): void {
  place.classList.remove("broken");
  if (katex && tex.length <= LONGEST) {
    try {
      katex.render(tex, place, { ...SETTINGS, displayMode });
      return;
    } catch {
      place.classList.add("broken");
    }
  }
  place.textContent = tex;
}
