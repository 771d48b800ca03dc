import { render } from "preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Markdown } from "../src/shared/render/markdown.tsx";
import { loadKatex } from "../src/shared/render/math.tsx";
import { HOSTILE } from "../mock/scripts.mjs";

let place: HTMLElement;
beforeEach(async () => {
  Object.defineProperty(document, "compatMode", { value: "CSS1Compat", configurable: true }); // KaTeX asks for it
  await loadKatex();
  place = document.body.appendChild(document.createElement("div"));
});
afterEach(() => place.remove());

function draw(text: string): HTMLElement {
  render(<Markdown text={text} />, place);
  return place;
}
const said = (text: string) => draw(text).textContent;

test("tags are text, images are links, and links lead to safe places only", () => {
  draw(HOSTILE);
  expect(place.querySelectorAll("script, img, iframe, style, svg[onload], [onerror]").length).toBe(0);
  const places = [...place.querySelectorAll("a")].map((link) => link.href);
  expect(places.length).toBeGreaterThan(2);
  for (const href of places) expect(href).toMatch(/^https?:\/\//);
  for (const link of place.querySelectorAll("a")) expect(link.rel).toBe("noopener noreferrer");
  expect(place.textContent).toContain("<script>window.hacked = 3</script>");
  expect(place.textContent).toContain("</think> stays text");
});

test.each(["[a](JavaScript:alert(1))", "[a](java\nscript:x)", "[a](data:text/html,x)", "[a](//evil.invalid)", "[a](/admin)", "[a](&#106;avascript:x)"])(
  "%s is no link",
  (text) => expect(draw(text).querySelector("a")).toBeNull(),
);

test("products keep their stars, words their emphasis", () => {
  expect(said("3*4=12 and 5*6=30, (3+10)*2=26*1")).toBe("3*4=12 and 5*6=30, (3+10)*2=26*1");
  expect(draw("*a* **b** 这是**粗体**。").querySelectorAll("em, strong").length).toBe(3);
});

test("money is no math, math is", () => {
  expect(draw("it costs $5 and then $6, or $7/$8").querySelector(".formula")).toBeNull();
  expect(draw("$x$ \\(y\\) $$z$$ \\[w\\]").querySelectorAll(".katex").length).toBe(4);
  expect(draw("\\[\n\\frac{1}{2}\n\\]").querySelectorAll(".display .katex").length).toBe(1);
});

test("code keeps its dollars and backslashes", () => {
  expect(said("`\\(x\\) $y$ \\boxed{1}`")).toBe("\\(x\\) $y$ \\boxed{1}");
  expect(draw("```\n$x$ <b>\n```").querySelector(".formula, b")).toBeNull();
});

test("a box in a sentence shows its value", () => {
  expect(said("Each costs \\boxed{3*2} dollars.")).toBe("Each costs 3×2 dollars.");
  expect(draw("It is \\boxed{\\frac{1}{2}}.").querySelectorAll(".boxed .katex").length).toBe(1);
});

test("broken math is shown as its source", () => {
  expect(said("so $\\frac{1}{$ and")).toBe("so \\frac{1}{ and");
  expect(draw("$\\def\\a{\\a\\a}\\a$").querySelector(".broken")).not.toBeNull();
});

test.each(["[a](http://[", "| a |\n|--|\n| b", "> ".repeat(5000), "[".repeat(20_000), "*".repeat(20_000), "\\boxed{".repeat(3000)])(
  "hostile markdown is drawn somehow, before the time is up",
  (text) => {
    expect(() => draw(text)).not.toThrow();
  },
);
