import { expect, test } from "vitest";
import { addressOf, numberOf, readPlace } from "../src/watch/route.ts";
import { Absent, canonical, Frozen, pathOf, readSlot } from "../src/watch/source.ts";

const slotted = (text: string) => {
  const place = document.createElement("div");
  const slot = document.createElement("script");
  slot.type = "application/json";
  slot.id = "frozen";
  slot.textContent = text;
  place.append(slot);
  return place;
};

test("a page without a slot has a server", () => {
  expect(readSlot(document.createElement("div"))).toBeNull();
});

test("a slot answers what it holds, however the path was written", () => {
  const file = readSlot(slotted('{"/v1/watch/runs/a b/journal?after=0&stage=grpo": {"next": 3}, "/v1/watch/runs/a%20b": {"name": "\\u003c/script>"}}'));
  expect(file?.ask(pathOf(["runs", "a b", "journal"], { stage: "grpo", after: 0 }))).toEqual({ next: 3 });
  expect(file?.ask("runs/a%20b")).toEqual({ name: "</script>" });
  expect(() => file?.ask("runs/b")).toThrow(Absent);
});

test("a view is there when anything of it is", () => {
  const file = new Frozen({ "/v1/watch/runs/r/followed/p%2F1": {}, "/v1/watch/runs/r/ahas": {} });
  expect(file.has("runs/r/followed")).toBe(true);
  expect(file.has("runs/r/ahas")).toBe(true);
  expect(file.has("runs/r/steps")).toBe(false);
  expect(file.has("runs/r/aha")).toBe(false);
});

test.each(["", "null", "[1]", "{", "7"])("a slot that holds %j is an empty one", (text) => {
  const file = readSlot(slotted(text));
  expect(file).not.toBeNull();
  expect(() => file?.ask("runs")).toThrow(Absent);
});

test("one form for a path: order, encoding, and what is usual do not matter", () => {
  expect(canonical("/v1/watch/runs/a!b/steps/3/groups?offset=0&family=&limit=50")).toBe(canonical("runs/a%21b/steps/3/groups"));
  expect(canonical("runs/a%2Fb")).not.toBe(canonical("runs/a/b"));
  expect(canonical("search?b=1&a=2")).toBe(canonical("search?a=2&b=1"));
  expect(canonical("runs/100%")).toBe(canonical("runs/100%25"));
});

test("an address says where one is, and is read back", () => {
  const address = addressOf("hostile <b>/run", "groups", { step: 3, problem: "a/b?c", sample: null });
  expect(readPlace(address)).toMatchObject({ run: "hostile <b>/run", view: "groups" });
  expect(readPlace(address).query.get("problem")).toBe("a/b?c");
  expect(numberOf(readPlace(address).query, "step")).toBe(3);
  expect(numberOf(new URLSearchParams("step=1e9"), "step")).toBeNull();
  expect(readPlace("#/%E0%A4%A/nowhere")).toMatchObject({ run: "%E0%A4%A", view: null });
  expect(readPlace("")).toMatchObject({ run: null, view: null });
});
