/** Two small buttons that save a figure as a picture, made here from what is seen. */
import { useState } from "preact/hooks";
import { measure, pngOf } from "../picture/canvas.ts";
import { fileName, hand } from "../picture/file.ts";
import { pictureOf } from "../picture/picture.ts";
import { svgOf } from "../picture/svg.ts";
import { place } from "../route.ts";
import { runs } from "../runs.ts";
import { w } from "../words.ts";

const KINDS = ["svg", "png"] as const;
type Kind = (typeof KINDS)[number];

export function SaveButtons({ title }: { title: string }) {
  const [said, setSaid] = useState("");
  const words = w.value;
  const save = async (button: HTMLElement, kind: Kind) => {
    const figure = button.closest("figure");
    const run = shownRun();
    const blob = figure && (await blobOf(figure, run, kind));
    if (!blob) return setSaid(words.notSaved);
    const name = fileName(run, title, kind);
    hand(blob, name);
    setSaid(words.saved(name));
  };
  return (
    <span class="save">
      {KINDS.map((kind) => (
        <button key={kind} type="button" title={words.saveAs(title, kind.toUpperCase())} aria-label={words.saveAs(title, kind.toUpperCase())} onClick={(event) => void save(event.currentTarget, kind)}>
          {kind.toUpperCase()}
        </button>
      ))}
      <span class="unseen" role="status">{said}</span>
    </span>
  );
}

/** A report of one run may be open without its name in the address. */
const shownRun = () => place.value.run ?? runs.value[0]?.name ?? "";

async function blobOf(figure: HTMLElement, run: string, kind: Kind): Promise<Blob | null> {
  const picture = pictureOf(figure, run, measure);
  if (!picture) return null;
  return kind === "png" ? pngOf(picture) : new Blob([svgOf(picture)], { type: "image/svg+xml" });
}
