import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const NEAR = 48; // pixels from the end that still count as the end

/** Keeps a scrolling box at its end while it grows, unless the reader has scrolled away from it. */
export function useStickToEnd(box: RefObject<HTMLElement | null>, active: boolean): void {
  useEffect(() => {
    const place = box.current;
    if (!place || !active) return;
    let atEnd = true;
    const toEnd = () => {
      if (atEnd) place.scrollTop = place.scrollHeight;
    };
    const look = () => {
      atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR;
    };
    const grown = new ResizeObserver(toEnd);
    for (const child of place.children) grown.observe(child);
    place.addEventListener("scroll", look, { passive: true });
    toEnd();
    return () => {
      grown.disconnect();
      toEnd(); // the last that came is seen too
      place.removeEventListener("scroll", look);
    };
  }, [active]);
}

/** The time, every tick while active. */
export function useClock(active: boolean, tick = 250): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), tick);
    return () => clearInterval(timer);
  }, [active, tick]);
  return now;
}

/** Calls `leave` on Escape and on a press outside of the box. */
export function useLeave(box: RefObject<HTMLElement | null>, active: boolean, leave: () => void): void {
  useEffect(() => {
    if (!active) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") leave();
    };
    const onPress = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) leave();
    };
    addEventListener("keydown", onKey);
    addEventListener("pointerdown", onPress);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("pointerdown", onPress);
    };
  }, [active]);
}
