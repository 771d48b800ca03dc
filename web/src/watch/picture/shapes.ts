/** What a drawing of the page comes to: paths and texts, each with its own look, whatever sheet gave it. */
export interface Look {
  fill: string | null;
  stroke: string | null;
  width: number;
  dash: number[];
  cap: CanvasLineCap;
  join: CanvasLineJoin;
  opacity: number;
}

export interface PathShape {
  d: string;
  look: Look;
}

export interface TextShape {
  text: string;
  x: number;
  y: number; // of the baseline
  size: number;
  weight: string;
  family: string;
  anchor: CanvasTextAlign;
  look: Look;
}

export type Shape = PathShape | TextShape;
export type StyleOf = (element: Element) => CSSStyleDeclaration;

const DRAWN = "line, circle, path, text";
const PASSING = ".cursor"; // the reading of the moment is no part of a picture

/** The shapes of an SVG in the order in which they are drawn, as `styleOf` has them now. */
export function shapesOf(svg: Element, styleOf: StyleOf): Shape[] {
  return [...svg.querySelectorAll(DRAWN)]
    .filter((element) => !element.closest(PASSING))
    .map((element) => (element.localName === "text" ? textOf(element, svg, styleOf) : { d: pathOf(element), look: lookOf(element, svg, styleOf) }))
    .filter((shape) => ("d" in shape ? shape.d !== "" : shape.text !== ""));
}

const attribute = (element: Element, name: string) => Number(element.getAttribute(name)) || 0;

function pathOf(element: Element): string {
  const at = (name: string) => attribute(element, name);
  if (element.localName === "path") return element.getAttribute("d") ?? "";
  if (element.localName === "line") return `M${at("x1")} ${at("y1")}L${at("x2")} ${at("y2")}`;
  const r = at("r");
  return `M${at("cx") - r} ${at("cy")}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

function textOf(element: Element, svg: Element, styleOf: StyleOf): TextShape {
  const style = styleOf(element);
  const size = parseFloat(style.fontSize) || 12;
  const lower = /^(-?[\d.]+)em$/.exec(element.getAttribute("dy") ?? "")?.[1] ?? "0";
  const anchors: Record<string, CanvasTextAlign> = { middle: "center", end: "right" };
  return {
    text: element.textContent?.trim() ?? "",
    x: attribute(element, "x"),
    y: attribute(element, "y") + Number(lower) * size,
    size,
    weight: style.fontWeight || "400",
    family: style.fontFamily || "sans-serif",
    anchor: anchors[element.getAttribute("text-anchor") ?? ""] ?? "left",
    look: lookOf(element, svg, styleOf),
  };
}

/** Groups fade what is in them: their opacities come together. */
function lookOf(element: Element, svg: Element, styleOf: StyleOf): Look {
  const style = styleOf(element);
  let opacity = 1;
  for (let own: Element | null = element; own && own !== svg; own = own.parentElement) opacity *= opacityOf(styleOf(own).opacity);
  return {
    fill: paintOf(style.fill),
    stroke: paintOf(style.stroke),
    width: parseFloat(style.strokeWidth) || 1,
    dash: (style.strokeDasharray || "").split(/[\s,]+/).map(parseFloat).filter(Number.isFinite),
    cap: (style.strokeLinecap || "butt") as CanvasLineCap,
    join: (style.strokeLinejoin || "miter") as CanvasLineJoin,
    opacity,
  };
}

const paintOf = (paint: string) => (paint && paint !== "none" ? paint : null);
const opacityOf = (text: string) => (Number.isFinite(parseFloat(text)) ? parseFloat(text) : 1);
