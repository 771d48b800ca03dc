import { useId } from "preact/hooks";

interface Option<T> {
  value: T;
  label: string;
  title?: string;
}

interface Props<T> {
  label: string;
  options: Option<T>[];
  value: T;
  onChoose: (value: T) => void;
  labelShown?: boolean;
}

/** One of a few, side by side. Radio buttons underneath: Tab reaches them, arrows move, screen readers know them. */
export function Choice<T extends string | number>({ label, options, value, onChoose, labelShown = false }: Props<T>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class={labelShown ? "" : "unseen"}>{label}</legend>
      <div class="options">
        {options.map((option) => (
          <label key={option.value} title={option.title}>
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChoose(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
