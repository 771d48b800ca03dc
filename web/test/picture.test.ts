import { beforeEach, expect, test } from "vitest";
import { paint } from "../src/watch/picture/canvas.ts";
import { fileName } from "../src/watch/picture/file.ts";
import { type Picture, pictureOf, wrapped } from "../src/watch/picture/picture.ts";
import { type StyleOf, shapesOf, type TextShape } from "../src/watch/picture/shapes.ts";
import { svgOf } from "../src/watch/picture/svg.ts";

const HOSTILE = 'zero"<script>alert(1)</script>&\u202e\u0000';
const FIGURE = `
  <figcaption><h3>Accuracy</h3><p class="hint">Share of right answers on the step's problems.</p></figcaption>
  <div class="plot"><svg width="400" height="216">
    <g class="axes"><line x1="46" x2="386" y1="50" y2="50"></line><text x="38" y="50" dy="0.32em" text-anchor="end">50%</text><text x="40" y="9"></text></g>
    <g class="curve" data-other="true"><path class="calm" d="M46 10L386 90"></path><circle cx="46" cy="10" r="3"></circle></g>
    <g class="cursor"><line x1="9" x2="9" y1="9" y2="9"></line><text>step 9</text></g>
  </svg></div>
  <ul class="read-out">
    <li><button aria-pressed="true"><span class="stroke tone-main"></span><bdi>all</bdi></button></li>
    <li><button aria-pressed="false"><span class="stroke"></span><bdi>hidden</bdi></button></li>
    <li><button aria-pressed="true"><span class="stroke" data-other="true"></span><bdi class="name"></bdi></button></li>
  </ul>`;

let figure: HTMLElement;
let schemes: string[];
beforeEach(() => {
  figure = document.createElement("figure");
  figure.innerHTML = FIGURE;
  (figure.querySelector(".name") as HTMLElement).textContent = HOSTILE;
  schemes = [];
});

/** As the sheets would have it: groups of another run are paler, strokes are blue, texts are small. */
const styleOf: StyleOf = (element) => {
  schemes.push(figure.style.colorScheme);
  const drawn = ["path", "line", "circle"].includes(element.localName);
  return {
    opacity: element.classList.contains("curve") ? "0.7" : element.localName === "path" ? "0.5" : "1",
    fill: element.localName === "text" ? "rgb(99, 102, 110)" : "none",
    stroke: drawn ? "rgb(44, 74, 115)" : "none",
    strokeWidth: "2.4px",
    strokeDasharray: element.localName === "line" ? "1px, 3px" : "none",
    strokeLinecap: "round",
    strokeLinejoin: "round",
    fontSize: "10px",
    fontWeight: "400",
    fontFamily: '"Inter", sans-serif',
    color: "rgb(36, 39, 46)",
    backgroundColor: "rgb(255, 255, 255)",
    borderTopColor: "rgb(51, 104, 74)",
  } as CSSStyleDeclaration;
};
const measure = (text: string) => text.length * 6;
const picture = (run = "zero-1") => pictureOf(figure, run, measure, styleOf) as Picture;
const textsOf = (own: Picture) => own.parts.flatMap(({ shapes }) => shapes.filter((shape): shape is TextShape => "text" in shape).map(({ text }) => text));

test("shapes have their looks and places, and the reading of the moment is none", () => {
  const [rule, tick, curve, dot, ...more] = shapesOf(figure.querySelector("svg") as Element, styleOf);
  expect(more).toEqual([]);
  expect(rule).toMatchObject({ d: "M46 50L386 50", look: { stroke: "rgb(44, 74, 115)", fill: null, width: 2.4, dash: [1, 3], opacity: 1 } });
  expect(tick).toMatchObject({ text: "50%", x: 38, y: 53.2, size: 10, anchor: "right", look: { fill: "rgb(99, 102, 110)", stroke: null } });
  expect(curve).toMatchObject({ d: "M46 10L386 90", look: { opacity: 0.35, dash: [] } }); // of its group, too
  expect(dot).toMatchObject({ d: "M43 10a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z", look: { opacity: 0.7 } });
});

test("a picture stands alone: title, hint, the lines that are shown, and the run", () => {
  const own = picture();
  expect(textsOf(own)).toEqual(["Accuracy", "Share of right answers on the step's problems.", "50%", "all", expect.stringContaining("<script>"), "zero-1"]);
  expect(own.width).toBe(432);
  expect(own.parts.map(({ y }) => y)).toEqual([...own.parts.map(({ y }) => y)].sort((a, b) => a - b));
  expect(own.height).toBeGreaterThan((own.parts[2]?.y ?? 0) + 18);
});

test("its colours are asked for in light, and the page is left as it was", () => {
  figure.style.colorScheme = "dark";
  picture();
  expect(new Set(schemes)).toEqual(new Set(["light"]));
  expect(figure.style.colorScheme).toBe("dark");
  expect(figure.style.color).toBe("");
});

test("the SVG needs no sheet, and no text becomes markup", () => {
  const text = svgOf(picture(HOSTILE));
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  expect(parsed.querySelector("parsererror, script, style, foreignObject, image")).toBeNull();
  expect(parsed.documentElement.localName).toBe("svg");
  expect(parsed.querySelector("title")?.textContent).toBe("Accuracy");
  expect(text).not.toMatch(/class=|style=|var\(|[\u0000\u202e]/);
  expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&amp;");
  expect(text).toContain('stroke="rgb(44, 74, 115)" stroke-width="2.4"');
  expect(text).toContain('font-family="&quot;Inter&quot;, sans-serif"');
  expect(text).toContain('text-anchor="end"');
});

test("the canvas is told the same shapes", () => {
  const calls: string[] = [];
  const context = new Proxy({} as Record<string, unknown>, {
    get: (own, name: string) => own[name] ?? ((...given: unknown[]) => calls.push(`${name} ${given.filter((one) => typeof one !== "object").join(" ")}`.trim())),
    set: (own, name: string, value) => ((own[name] = value), true),
  });
  class Path {
    constructor(readonly d: string) {}
  }
  Object.assign(globalThis, { Path2D: Path });
  const own = picture();
  paint(context as unknown as CanvasRenderingContext2D, own);
  const paths = own.parts.flatMap(({ shapes }) => shapes.filter((shape) => "d" in shape));
  expect(calls.filter((call) => call === "stroke").length).toBe(paths.length);
  expect(calls.filter((call) => call.startsWith("fillText")).map((call) => call.split(" ")[1])).toEqual(textsOf(own).map((text) => text.split(" ")[0]));
  expect(calls[0]).toBe(`fillRect 0 0 ${own.width} ${own.height}`);
});

test("long hints are broken between words, Chinese between characters", () => {
  const fits = (text: string) => text.length;
  expect(wrapped("Accuracy with less accuracy without", 14, fits)).toEqual(["Accuracy with", "less accuracy", "without"]);
  expect(wrapped("同一道题内，有反思与无反思的正确率", 6, fits)).toEqual(["同一道题内，", "有反思与无反", "思的正确率"]);
  expect(wrapped("反思时间，很长", 4, fits)).toEqual(["反思时间，", "很长"]);
  expect(wrapped("", 10, fits)).toEqual([]);
});

test("a file is called by its run and its title, in any script, and never by a path", () => {
  expect(fileName("zero-1", "Response length", "svg")).toBe("zero-1-response-length.svg");
  expect(fileName("zero-1", "回答长度", "png")).toBe("zero-1-回答长度.png");
  expect(fileName("../..\\etc", "<b>", "svg")).toBe("etc-b.svg");
  expect(fileName("\u202e", "", "png")).toBe("figure.png");
});
