import { useEffect, useState } from "preact/hooks";
import { ask } from "./source.ts";

export interface Answer<T> {
  data: T | null;
  error: unknown;
  /** What is shown belongs to an earlier question; the new one is on its way. */
  stale: boolean;
}

/** Asks, and asks again after `again(data)` milliseconds, where that is a number. A hidden page asks nothing. */
export function useAnswer<T>(path: string | null, again: (data: T | null) => number | null = never): Answer<T> {
  const [state, setState] = useState<Answer<T> & { path: string | null }>({ data: null, error: null, stale: true, path });
  useEffect(() => {
    if (path === null) return;
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last: T | null = null;
    const look = async () => {
      if (!document.hidden) {
        const [data, error] = await ask<T>(path).then((data) => [data, null] as const, (error: unknown) => [last, error] as const);
        if (left) return;
        last = data;
        setState({ data, error, stale: false, path });
      }
      const wait = again(last);
      if (wait !== null) timer = setTimeout(() => void look(), wait);
    };
    void look();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [path]);
  return { ...state, stale: state.path !== path || state.stale };
}

const never = () => null;
