/** An answer: its thinking, its text, the boxed value as a card, and what there is to say about it. */
import type { Signal } from "@preact/signals";
import { CopyButton } from "../../shared/copy.tsx";
import { duration } from "../../shared/duration.ts";
import { Icon } from "../../shared/icons.tsx";
import { isBareAnswer } from "../../shared/render/box.ts";
import { Markdown } from "../../shared/render/markdown.tsx";
import { settled } from "../../shared/render/pending.ts";
import { Value } from "../../shared/render/value.tsx";
import { t } from "../../shared/settings.ts";
import { copyOf } from "../chats.ts";
import { isRunning, type Reply, valueOf } from "../reply.ts";
import { Notice } from "./notice.tsx";
import { Thinking } from "./thinking.tsx";

interface Props {
  reply: Signal<Reply>;
  foot?: boolean;
  onRetry?: (() => void) | undefined;
}

export function Answer({ reply, foot = true, onRetry }: Props) {
  const said = reply.value;
  const running = isRunning(said);
  const value = running ? null : valueOf(said);
  const text = running ? settled(said.answer) : said.answer;
  return (
    <article class="answer" aria-busy={running}>
      <Thinking reply={reply} />
      {said.status === "waiting" && !said.willThink && <Dots />}
      {text && !(value !== null && isBareAnswer(text)) && <Markdown text={text} />}
      {value !== null && <AnswerCard value={value} said={said} />}
      {!running && <Notice said={said} />}
      {!running && foot && <Foot said={said} onRetry={onRetry} />}
    </article>
  );
}

function Dots() {
  return (
    <p class="dots" aria-hidden="true">
      <span />
      <span />
      <span />
    </p>
  );
}

/** The value of the box. With a problem of ours, whether it is right. */
function AnswerCard({ value, said }: { value: string; said: Reply }) {
  const texts = t.value;
  const { verdict } = said;
  const tone = verdict ? (verdict.correct ? "right" : "wrong") : "";
  return (
    <div class={`card ${tone}`} role="group" aria-label={texts.answer}>
      <div class="card-head">
        <span class="card-label">{texts.answer}</span>
        {verdict && <span class={`verdict ${tone}`}>{verdict.correct ? texts.right : texts.wrong}</span>}
        {verdict && !verdict.correct && <span class="aside">{texts.expected(verdict.expected)}</span>}
      </div>
      <div class="card-value">
        <Value value={value} />
        <CopyButton text={value} label={texts.copyValue} />
      </div>
    </div>
  );
}

function Foot({ said, onRetry }: { said: Reply; onRetry: (() => void) | undefined }) {
  return (
    <footer class="foot">
      <div class="actions">
        {said.answer && <CopyButton text={copyOf(said)} label={t.value.copyAnswer} />}
        {onRetry && (
          <button type="button" class="quiet" onClick={onRetry} title={t.value.retry} aria-label={t.value.retry}>
            <Icon name="retry" />
          </button>
        )}
      </div>
      <Facts said={said} />
    </footer>
  );
}

/** Who answered, why, and at what cost. */
function Facts({ said }: { said: Reply }) {
  const texts = t.value;
  const cost = said.outcome?.cost;
  const route = said.outcome?.route;
  const facts = [said.outcome?.model ?? said.model];
  if (route) facts[0] = `${texts.routed} ${facts[0]}`;
  if (route?.reason) facts.push(`${texts.because} ${route.reason}${route.score === null ? "" : ` (${route.score})`}`);
  if (cost) {
    facts.push(texts.tokens(cost.thinking_tokens + cost.answer_tokens + cost.router_tokens));
    facts.push(duration(cost.seconds, texts));
    if (cost.tokens_per_second >= 1) facts.push(texts.perSecond(Math.round(cost.tokens_per_second)));
  }
  return <p class="facts">{facts.filter(Boolean).join(" · ")}</p>;
}
