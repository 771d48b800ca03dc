/** A picture as an SVG file that needs no style sheet. Every text and value is escaped; nothing of the page is copied. */
import type { Picture } from "./picture.ts";
import type { Look, Shape } from "./shapes.ts";

const ANCHORS: Partial<Record<CanvasTextAlign, string>> = { center: "middle", right: "end" };
const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML has no place for are left out. */
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? "").replaceAll(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, "");

export function svgOf({ width, height, title, paper, parts }: Picture): string {
  const size = `width="${rounded(width)}" height="${rounded(height)}" viewBox="0 0 ${rounded(width)} ${rounded(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%"${attribute("fill", paper)}/>`,
    ...parts.map(({ x, y, shapes }) => `<g transform="translate(${rounded(x)} ${rounded(y)})">${shapes.map(element).join("")}</g>`),
    "</svg>\n",
  ].join("\n");
}

function element(shape: Shape): string {
  if ("d" in shape) return `<path${attribute("d", shape.d)}${attributes(shape.look)}/>`;
  const font = attribute("font-family", shape.family) + attribute("font-size", rounded(shape.size)) + attribute("font-weight", shape.weight);
  const anchor = ANCHORS[shape.anchor];
  const place = `${attribute("x", rounded(shape.x))}${attribute("y", rounded(shape.y))}${anchor ? attribute("text-anchor", anchor) : ""}`;
  return `<text${place}${font}${attributes(shape.look)}>${escaped(shape.text)}</text>`;
}

function attributes({ fill, stroke, width, dash, cap, join, opacity }: Look): string {
  const lines = stroke === null ? "" : [["stroke", stroke], ["stroke-width", rounded(width)], ["stroke-linecap", cap], ["stroke-linejoin", join]].map(([name, value]) => attribute(name as string, value as string)).join("");
  const broken = stroke !== null && dash.length ? attribute("stroke-dasharray", dash.join(" ")) : "";
  return `${attribute("fill", fill ?? "none")}${lines}${broken}${opacity < 1 ? attribute("opacity", rounded(opacity)) : ""}`;
}

const attribute = (name: string, value: string) => ` ${name}="${escaped(value)}"`;
const rounded = (value: number) => String(Math.round(value * 1000) / 1000);
