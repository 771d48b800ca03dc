/** The numbers of a stage, a column a metric, fetched bit by bit while the run goes on. */
import { useEffect, useState } from "preact/hooks";
import type { JournalPart, Num } from "./contract.ts";
import { ask, pathOf } from "./source.ts";

export interface Journal {
  step: number[];
  time: Num[];
  series: Record<string, Num[]>;
  next: number;
}

export const EMPTY: Journal = { step: [], time: [], series: {}, next: 0 };

/**
 * The journal with what came after it. A run that went on from an earlier checkpoint takes steps anew: what was known
 * of them is dropped. A metric that begins late has null before.
 */
export function append(known: Journal, part: JournalPart): Journal {
  const journal = part.reset ? EMPTY : known;
  const first = part.step[0];
  if (first === undefined) return { ...journal, next: part.next };
  const later = journal.step.findIndex((step) => step >= first);
  const kept = later < 0 ? journal.step.length : later;
  const names = new Set([...Object.keys(journal.series), ...Object.keys(part.series)]);
  const join = (before: Num[] | undefined, after: Num[] | undefined) => [
    ...filled(before, kept),
    ...filled(after, part.step.length),
  ];
  return {
    step: [...journal.step.slice(0, kept), ...part.step],
    time: join(journal.time, part.time),
    series: Object.fromEntries([...names].map((name) => [name, join(journal.series[name], part.series[name])])),
    next: part.next,
  };
}

function filled(values: Num[] | undefined, length: number): Num[] {
  return Array.from({ length }, (_, i) => values?.[i] ?? null);
}

const PATIENCE = 2000; // milliseconds between two looks

/** The journal of a run's stage; `live` goes on asking for what was added. */
export function useJournal(run: string | null, stage: string, live: boolean): Journal {
  const [known, setKnown] = useState({ run, stage, journal: EMPTY });
  useEffect(() => {
    if (run === null) return;
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let journal = known.run === run && known.stage === stage ? known.journal : EMPTY;
    const look = async () => {
      const path = pathOf(["runs", run, "journal"], { stage, after: journal.next });
      const part = document.hidden ? null : await ask<JournalPart>(path).catch(() => null); // asked again soon
      if (left) return;
      if (part) {
        journal = append(journal, part);
        setKnown({ run, stage, journal });
      }
      if (live) timer = setTimeout(() => void look(), PATIENCE);
    };
    void look();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [run, stage, live]);
  return known.run === run && known.stage === stage ? known.journal : EMPTY;
}
