/** One question, two or three answers side by side. */
import { Choice } from "../../shared/choice.tsx";
import { CopyButton } from "../../shared/copy.tsx";
import { duration } from "../../shared/duration.ts";
import { Icon } from "../../shared/icons.tsx";
import { t } from "../../shared/settings.ts";
import {
  addColumn,
  budgetsOf,
  byBudget,
  byModel,
  changeColumn,
  type Column,
  columns,
  compare,
  FEWEST,
  isBusy,
  MOST,
  question,
  removeColumn,
  setColumns,
  stopAll,
} from "../comparison.ts";
import { copyOf } from "../chats.ts";
import { compareDraft, problemOf } from "../draft.ts";
import { isRunning, type Reply } from "../reply.ts";
import { modeFor, modelOf } from "../server.ts";
import { Answer } from "./answer.tsx";
import { Composer } from "./composer.tsx";
import { ModelSelect, ModeChoice } from "./pickers.tsx";

export function Compare() {
  const texts = t.value;
  const busy = isBusy();
  const send = (text: string) => void compare({ text, problem: problemOf(compareDraft) });
  return (
    <div class="compare">
      <div class="compare-head">
        <h1>{texts.compareTitle}</h1>
        <p class="hint">{texts.compareMore}</p>
        <Presets />
      </div>
      <Asked busy={busy} />
      <div class="columns" data-count={columns.value.length}>
        {columns.value.map((column, i) => (
          <ColumnView key={i} column={column} at={i} />
        ))}
      </div>
      <div class="dock">
        <Composer draft={compareDraft} busy={busy} onSend={send} onStop={stopAll} />
      </div>
    </div>
  );
}

function Presets() {
  const texts = t.value;
  const sameModel = new Set(columns.value.map(({ model }) => model)).size === 1;
  const options = [
    { value: "model", label: texts.byModel },
    { value: "budget", label: texts.byBudget },
  ];
  return (
    <div class="presets">
      <Choice
        label={texts.presets}
        options={options}
        value={sameModel ? "budget" : "model"}
        onChoose={(preset) => setColumns(preset === "model" ? byModel() : byBudget())}
      />
      {columns.value.length < MOST && (
        <button type="button" class="pill" onClick={addColumn}>
          <Icon name="plus" />
          <span>{texts.addColumn}</span>
        </button>
      )}
    </div>
  );
}

function Asked({ busy }: { busy: boolean }) {
  const asked = question.value;
  if (!asked) return null;
  return (
    <div class="asked">
      <p>{asked.text}</p>
      {!busy && (
        <button
          type="button"
          class="quiet"
          onClick={() => void compare(asked)}
          title={t.value.retry}
          aria-label={t.value.retry}
        >
          <Icon name="retry" />
        </button>
      )}
    </div>
  );
}

function ColumnView({ column, at }: { column: Column; at: number }) {
  return (
    <section class="column" aria-label={t.value.column(at + 1)}>
      <ColumnHead column={column} at={at} />
      {column.reply && <Answer reply={column.reply} foot={false} />}
      {column.reply && <Measure said={column.reply.value} asked={column.model} />}
    </section>
  );
}

function ColumnHead({ column, at }: { column: Column; at: number }) {
  const texts = t.value;
  const model = modelOf(column.model);
  if (!model) return null;
  const { modes } = model.scratchwork.thinking;
  const thinks = modeFor(model, column.mode) !== "off";
  return (
    <header class="column-head">
      <div class="column-model">
        <ModelSelect
          label={texts.model}
          value={column.model}
          onChoose={(id) => changeColumn(at, { model: id, mode: null, budget: null })}
        />
        {columns.value.length > FEWEST && (
          <button type="button" class="quiet" aria-label={texts.removeColumn(at + 1)} onClick={() => removeColumn(at)}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <div class="column-how">
        {modes.length < 2 ? (
          <span class="hint">{texts.modesMeaning[modes[0] ?? "off"]}</span>
        ) : (
          <ModeChoice asked={model} wanted={column.mode} onChoose={(mode) => changeColumn(at, { mode })} />
        )}
        {thinks && <BudgetSelect column={column} at={at} budgets={budgetsOf(model)} />}
      </div>
    </header>
  );
}

/** What an answer cost, drawn to the same scale in every column: thinking, then answer. */
function Measure({ said, asked }: { said: Reply; asked: string }) {
  const texts = t.value;
  const { outcome } = said;
  if (!outcome || isRunning(said)) return null;
  const { cost, model } = outcome;
  const most = Math.max(...columns.value.map(({ reply }) => tokensOf(reply?.value)));
  const share = (tokens: number) => ({ width: `${(100 * tokens) / most}%` });
  return (
    <div class="measure">
      <p>
        <strong>{texts.tokens(tokensOf(said))}</strong>
        <span>{duration(cost.seconds, texts)}</span>
        {model !== asked && <span class="aside">{`${texts.routed} ${model}`}</span>}
        <CopyButton text={copyOf(said)} label={texts.copyAnswer} />
      </p>
      <div class="bar" aria-hidden="true">
        {cost.thinking_tokens > 0 && <span class="thought" style={share(cost.thinking_tokens)} />}
        <span style={share(tokensOf(said) - cost.thinking_tokens)} />
      </div>
    </div>
  );
}

function tokensOf(said: Reply | undefined): number {
  const cost = said?.outcome?.cost;
  return cost ? cost.thinking_tokens + cost.answer_tokens + cost.router_tokens : 0;
}

function BudgetSelect({ column, at, budgets }: { column: Column; at: number; budgets: number[] }) {
  const texts = t.value;
  const choose = (value: string) => changeColumn(at, { budget: value ? Number(value) : null });
  return (
    <label class="select">
      <span class="unseen">{texts.budget}</span>
      <select value={column.budget ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{texts.noBudget}</option>
        {budgets.map((budget) => (
          <option key={budget} value={budget}>
            {texts.upTo(budget)}
          </option>
        ))}
      </select>
    </label>
  );
}
