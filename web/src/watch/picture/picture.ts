/** A figure of the page as a picture that stands alone: its title and what it counts, the plot, the names of its lines. */
import { visible } from "../visible.tsx";
import { type Look, type Shape, shapesOf, type StyleOf, type TextShape } from "./shapes.ts";

export interface Picture {
  width: number;
  height: number;
  title: string;
  paper: string;
  parts: { x: number; y: number; shapes: Shape[] }[];
}

/** How wide a text is. */
export type Measure = (text: string, font: string) => number;

const PAD = 16;
const TITLE = { size: 15, height: 22 };
const SMALL = { size: 12.5, height: 18 };
const STROKE = 14; // of a name in the legend
const GAP = 18; // between two names

interface Ink {
  ink: string;
  soft: string;
  family: string;
}

/** `figure` is a chart of the page; the picture is in light colours whatever the page is in. */
export function pictureOf(figure: HTMLElement, run: string, measure: Measure, styleOf: StyleOf = (element) => getComputedStyle(element)): Picture | null {
  const svg = figure.querySelector(".plot svg");
  if (!svg) return null;
  return inLight(figure, () => {
    const width = (Number(svg.getAttribute("width")) || 480) + 2 * PAD;
    const own = styleOf(figure);
    const ink: Ink = { ink: own.color, soft: softOf(figure, styleOf), family: own.fontFamily || "sans-serif" };
    const title = visible(figure.querySelector("h3")?.textContent ?? "");
    const head = headOf(title, visible(figure.querySelector("figcaption .hint")?.textContent ?? ""), width, ink, measure);
    const plotAt = PAD + head.height + 4;
    const legendAt = plotAt + (Number(svg.getAttribute("height")) || 216) + 8;
    const legend = legendOf(figure, visible(run), width, ink, measure, styleOf);
    return {
      width,
      height: legendAt + legend.height + PAD,
      title,
      paper: own.backgroundColor || "#ffffff",
      parts: [
        { x: PAD, y: PAD, shapes: head.shapes },
        { x: PAD, y: plotAt, shapes: shapesOf(svg, styleOf) },
        { x: PAD, y: legendAt, shapes: legend.shapes },
      ],
    };
  });
}

/**
 * The sheets are asked for their colours in light; nothing is drawn in between, so that no one sees it. What is inherited
 * comes from outside as the colour that it is there: the ink is chosen anew.
 */
function inLight<T>({ style }: HTMLElement, read: () => T): T {
  const { colorScheme, color } = style;
  style.colorScheme = "light";
  style.color = "var(--ink)";
  try {
    return read();
  } finally {
    style.colorScheme = colorScheme;
    style.color = color;
  }
}

function softOf(figure: HTMLElement, styleOf: StyleOf): string {
  const hint = figure.querySelector("figcaption .hint");
  return styleOf(hint ?? figure).color;
}

function headOf(title: string, hint: string, width: number, { ink, soft, family }: Ink, measure: Measure) {
  const room = width - 2 * PAD;
  const big = (text: string, i: number) => words(text, 0, TITLE.size + i * TITLE.height, TITLE.size, "500", family, ink);
  const titles = wrapped(title, room, (text) => measure(text, fontOf(TITLE.size, "500", family))).map(big);
  const under = titles.length * TITLE.height;
  const hints = hint ? wrapped(hint, room, (text) => measure(text, fontOf(SMALL.size, "400", family))) : [];
  const small = hints.map((text, i) => words(text, 0, under + SMALL.size + i * SMALL.height, SMALL.size, "400", family, soft));
  return { shapes: [...titles, ...small], height: under + hints.length * SMALL.height };
}

/** The lines that are shown, from left to right and then below, and whose they are. */
function legendOf(figure: HTMLElement, run: string, width: number, { ink, soft, family }: Ink, measure: Measure, styleOf: StyleOf) {
  const shapes: Shape[] = [];
  let [x, row] = [0, 0];
  for (const button of figure.querySelectorAll('.read-out [aria-pressed="true"]')) {
    const name = visible(button.querySelector("bdi")?.textContent ?? "");
    const wide = STROKE + 8 + measure(name, fontOf(SMALL.size, "400", family));
    if (x > 0 && x + wide > width - 2 * PAD) [x, row] = [0, row + 1];
    const y = row * SMALL.height;
    const stroke = button.querySelector(".stroke");
    const colour = stroke ? styleOf(stroke).borderTopColor : ink;
    const broken = stroke?.getAttribute("data-other") === "true";
    shapes.push({ d: `M${x} ${y + 8}h${STROKE}`, look: { ...plain(null), stroke: colour, width: 2, dash: broken ? [4, 3] : [] } });
    shapes.push(words(name, x + STROKE + 8, y + SMALL.size, SMALL.size, "400", family, ink));
    x += wide + GAP;
  }
  const rows = shapes.length ? row + 1 : 0;
  if (run) shapes.push(words(run, 0, rows * SMALL.height + SMALL.size + 4, SMALL.size - 1.5, "400", family, soft));
  return { shapes, height: (rows + (run ? 1 : 0)) * SMALL.height + 4 };
}

const plain = (fill: string | null): Look => ({ fill, stroke: null, width: 1, dash: [], cap: "butt", join: "round", opacity: 1 });

function words(text: string, x: number, y: number, size: number, weight: string, family: string, colour: string): TextShape {
  return { text, x, y, size, weight, family, anchor: "left", look: plain(colour) };
}

export const fontOf = (size: number, weight: string, family: string) => `${weight} ${size}px ${family}`;

/** Lines that fit: broken between words, and where there are none (as in Chinese) between characters. */
export function wrapped(text: string, room: number, wide: (text: string) => number): string[] {
  const pieces = text.match(/[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+/gu) ?? [];
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces) {
    const closes = /^[，。；：、！？）」]/u.test(piece); // never the first of a line
    if (line && !closes && wide((line + piece).trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
  }
  return line.trim() ? [...lines, line.trimEnd()] : lines;
}
