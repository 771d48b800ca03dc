/** Search over all rollouts of a run. What is wanted stands in the address, so that it can be kept and sent. */
import { useEffect, useState } from "preact/hooks";
import type { Hit, RunDetail } from "../contract.ts";
import { useAnswer } from "../answer.ts";
import { useFamilies } from "../families.ts";
import { addressOf, place, type Query, refine } from "../route.ts";
import { ask, pathOf } from "../source.ts";
import { Plain, visible } from "../visible.tsx";
import { familyName, w } from "../words.ts";
import { outcomeOf, Verdict } from "./outcome.tsx";
import { Waiting } from "./waiting.tsx";

const PAGE = 50;
const SOON = 1500; // milliseconds until one asks again what more was read
const OUTCOMES: Record<string, Query> = {
  right: { correct: "true" },
  wrong: { correct: "false", finish: "stop" },
  cut: { finish: "length" },
};

interface Found {
  total: number;
  rows: Hit[];
  unread?: number; // files that are still to be read
}

export function SearchView({ run }: { run: RunDetail }) {
  const { query } = place.value;
  const text = query.get("text") ?? "";
  const asked: Query = {
    run: run.name,
    family: query.get("family"),
    ...OUTCOMES[query.get("outcome") ?? ""],
    text,
    min_length: query.get("min"),
    order: query.get("order") ?? "step",
    limit: PAGE,
  };
  return (
    <>
      <Form run={run} text={text} />
      <Results key={pathOf(["search"], asked)} run={run.name} asked={asked} text={text} />
    </>
  );
}

function Form({ run, text }: { run: RunDetail; text: string }) {
  const words = w.value;
  const { query } = place.value;
  const [draft, setDraft] = useState(text);
  const families = useFamilies(run);
  const submit = (event: Event) => {
    event.preventDefault();
    refine({ text: draft });
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <input type="search" aria-label={words.searchFor} placeholder={words.searchFor} value={draft} onInput={(event) => setDraft(event.currentTarget.value)} />
      <button type="submit" class="solid">
        {words.search}
      </button>
      <Select label={words.family} name="family" options={[["", words.anyFamily], ...families.map((name) => [name, familyName(name)] as const)]} />
      <Select label={words.outcome} name="outcome" options={[["", words.anyOutcome], ...(["right", "wrong", "cut"] as const).map((name) => [name, words.outcomes[name]] as const)]} />
      <Select label={words.order} name="order" options={(["step", "-length", "length"] as const).map((name) => [name, words.orders[name]] as const)} />
      <label class="field">
        {words.atLeast}
        <input type="number" min={0} step={1} value={query.get("min") ?? ""} onChange={(event) => refine({ min: event.currentTarget.value })} />
      </label>
    </form>
  );
}

function Select({ label, name, options }: { label: string; name: string; options: (readonly [value: string, text: string])[] }) {
  return (
    <label class="select field">
      {label}
      <select value={place.value.query.get(name) ?? options[0]?.[0]} onChange={(event) => refine({ [name]: event.currentTarget.value })}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function Results({ run, asked, text }: { run: string; asked: Query; text: string }) {
  const { data, error } = useAnswer<Found>(pathOf(["search"], asked), (found) => (found?.unread ? SOON : null));
  const [more, setMore] = useState<Hit[]>([]);
  useEffect(() => setMore([]), [data]);
  if (!data) return <Waiting error={error} />;
  const rows = [...data.rows, ...more];
  const next = async () => setMore([...more, ...(await ask<Found>(pathOf(["search"], { ...asked, offset: rows.length }))).rows]);
  return (
    <>
      <p class="hint" role="status">
        {data.total ? w.value.hits(data.total) : w.value.noHits}
        {data.unread ? ` ${w.value.waiting(data.unread)}` : ""}
      </p>
      <ul class="hits">
        {rows.map((hit) => <HitRow key={`${hit.step} ${hit.problem_id} ${hit.sample}`} run={run} hit={hit} text={text} />)}
      </ul>
      {rows.length < data.total && (
        <button type="button" class="pill" onClick={() => void next().catch(() => undefined)}>
          {w.value.more} <span class="aside">{w.value.shown(rows.length, data.total)}</span>
        </button>
      )}
    </>
  );
}

function HitRow({ run, hit, text }: { run: string; hit: Hit; text: string }) {
  const { step, problem_id: problem, sample } = hit;
  const outcome = outcomeOf({ correct: hit.correct, finish_reason: hit.finish_reason ?? "" });
  return (
    <li>
      <a href={addressOf(run, "groups", { step, problem, sample, back: "search" })}>
        <span class="hit-about">
          <Verdict outcome={outcome} />
          <span>{w.value.stepN(step)}</span>
          <span>{familyName(hit.family)}</span>
          <span>{w.value.tokens(hit.length)}</span>
        </span>
        <span class="hit-text">
          <Excerpt text={hit.excerpt} wanted={text} />
        </span>
      </a>
    </li>
  );
}

/** The excerpt with what was searched for marked in it. */
function Excerpt({ text, wanted }: { text: string; wanted: string }) {
  const at = wanted ? text.toLowerCase().indexOf(wanted.toLowerCase()) : -1;
  if (at < 0) return <Plain text={text} />;
  return (
    <bdi>
      {visible(text.slice(0, at))}
      <mark>{visible(text.slice(at, at + wanted.length))}</mark>
      {visible(text.slice(at + wanted.length))}
    </bdi>
  );
}
