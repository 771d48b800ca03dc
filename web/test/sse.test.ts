import { expect, test } from "vitest";
import { events } from "../src/shared/sse.ts";

const encoder = new TextEncoder();

async function read(chunks: Uint8Array[]): Promise<string[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const found: string[] = [];
  for await (const data of events(body)) found.push(data);
  return found;
}

const STREAM = ': ping\r\n\r\ndata: {"a":"等等"}\n\nevent: x\ndata:one\ndata: two\n\n: bye\n\ndata: [DONE]\n\n';
const SAID = ['{"a":"等等"}', "one\ntwo", "[DONE]"];

test("events, wherever the network cuts", async () => {
  const bytes = encoder.encode(STREAM);
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
    expect(await read(chunks)).toEqual(SAID);
  }
});

test("an event without its last empty line still counts", async () => {
  expect(await read([encoder.encode("data: late")])).toEqual(["late"]);
});

test("who stops listening closes the stream", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(encoder.encode("data: x\n\n")),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of events(body)) break;
  expect(cancelled).toBe(true);
});
