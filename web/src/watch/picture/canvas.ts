/** A picture on a canvas. Drawn shape by shape, since the page's policy lets no image be loaded, and in its own fonts. */
import { fontOf, type Measure, type Picture } from "./picture.ts";
import type { Look, Shape } from "./shapes.ts";

const SCALE = 3; // pixels of the file for one of the page

export const measure: Measure = (text, font) => {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return text.length * 7;
  context.font = font;
  return context.measureText(text).width;
};

/** Null where the browser has no canvas. */
export function pngOf(picture: Picture): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * SCALE);
  canvas.height = Math.round(picture.height * SCALE);
  const context = canvas.getContext("2d");
  if (!context) return Promise.resolve(null);
  context.scale(SCALE, SCALE);
  paint(context, picture);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

export function paint(context: CanvasRenderingContext2D, { width, height, paper, parts }: Picture): void {
  context.fillStyle = paper;
  context.fillRect(0, 0, width, height);
  for (const { x, y, shapes } of parts) {
    context.save();
    context.translate(x, y);
    for (const shape of shapes) draw(context, shape);
    context.restore();
  }
}

function draw(context: CanvasRenderingContext2D, shape: Shape): void {
  const { look } = shape;
  set(context, look);
  if ("d" in shape) {
    const path = new Path2D(shape.d);
    if (look.fill !== null) context.fill(path);
    if (look.stroke !== null) context.stroke(path);
    return;
  }
  context.font = fontOf(shape.size, shape.weight, shape.family);
  context.textAlign = shape.anchor;
  context.fillText(shape.text, shape.x, shape.y);
}

function set(context: CanvasRenderingContext2D, { fill, stroke, width, dash, cap, join, opacity }: Look): void {
  context.globalAlpha = opacity;
  context.fillStyle = fill ?? "transparent";
  context.strokeStyle = stroke ?? "transparent";
  context.lineWidth = width;
  context.lineCap = cap;
  context.lineJoin = join;
  context.setLineDash(dash);
}
