/** One run: who it is, how far it is, and the views of it. */
import { useEffect, useRef } from "preact/hooks";
import type { RunDetail } from "../contract.ts";
import { useAnswer } from "../answer.ts";
import { isLive } from "../live.ts";
import { addressOf, place, type View } from "../route.ts";
import { isFrozen, pathOf } from "../source.ts";
import { viewsOf } from "../views.ts";
import { Plain, visible } from "../visible.tsx";
import { roughly, since, w } from "../words.ts";
import { AhasView } from "./ahas.tsx";
import { Figures } from "./figures.tsx";
import { FollowedView } from "./followed.tsx";
import { Groups } from "./groups.tsx";
import { Report } from "./report.tsx";
import { SearchView } from "./search.tsx";
import { Waiting } from "./waiting.tsx";

const LOOK_AGAIN = 4000;

const SHOW: Record<View, (props: { run: RunDetail }) => preact.VNode> = {
  report: ({ run }) => <Report run={run} />,
  figures: ({ run }) => <Figures run={run} />,
  followed: ({ run }) => <FollowedView run={run} />,
  groups: ({ run }) => <Groups run={run} />,
  ahas: ({ run }) => <AhasView run={run} />,
  search: ({ run }) => <SearchView run={run} />,
};

export function Run({ name }: { name: string }) {
  const again = (run: RunDetail | null) => (isFrozen || (run && !isLive(run) && !run.examining) ? null : LOOK_AGAIN);
  const { data, error } = useAnswer<RunDetail>(pathOf(["runs", name]), again);
  if (!data) return <div class="page"><Waiting error={error} /></div>;
  const views = viewsOf(name);
  const view = place.value.view ?? views[0] ?? "report";
  const Show = SHOW[view];
  return (
    <div class="page">
      <Head run={data} />
      {error ? <Waiting error={error} /> : null}
      {data.state === "unreadable" ? (
        <p class="notice failed">{visible(data.why ?? "")}</p>
      ) : (
        <>
          <Tabs run={name} views={views} current={view} />
          <div class="view" key={view}>
            <Show run={data} />
          </div>
        </>
      )}
    </div>
  );
}

function Head({ run }: { run: RunDetail }) {
  return (
    <header class="run-head">
      <h1>
        <Plain text={run.name} />
      </h1>
      {run.description && (
        <p class="description">
          <Plain text={run.description} />
        </p>
      )}
      <Progress run={run} />
    </header>
  );
}

function Progress({ run }: { run: RunDetail }) {
  const words = w.value;
  const { step, steps, eta } = run;
  return (
    <div class="progress">
      <span class="state" data-state={run.state}>
        {words.states[run.state] ?? run.state}
      </span>
      {run.trainer && run.written ? <span>{words.lastWritten(since(run.written))}</span> : null}
      {run.recipe && <span>{visible(run.recipe)}</span>}
      {run.stage && run.state === "running" && <span>{visible(run.stage)}</span>}
      {step !== null && steps !== null && <span>{words.stepOf(step.toLocaleString("en"), steps.toLocaleString("en"))}</span>}
      {run.state === "running" && eta !== null && <span>{words.left(roughly(eta))}</span>}
      {run.state === "running" && step !== null && steps !== null && <progress max={steps} value={step} aria-label={words.progress} />}
    </div>
  );
}

function Tabs({ run, views, current }: { run: string; views: View[]; current: View }) {
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    const own = tabs.current?.querySelector("[aria-current]");
    if (tabs.current && own instanceof HTMLElement) tabs.current.scrollLeft = own.offsetLeft - tabs.current.offsetLeft - 32;
  }, [current]); // on a phone the row is wider than the page
  if (views.length < 2) return null;
  return (
    <nav class="tabs" ref={tabs} aria-label={w.value.run}>
      {views.map((view) => (
        <a key={view} href={addressOf(run, view)} aria-current={view === current ? "page" : undefined}>
          {w.value.views[view]}
        </a>
      ))}
    </nav>
  );
}
