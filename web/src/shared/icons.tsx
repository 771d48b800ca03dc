/** Line icons on a grid of 20. */
const PATHS = {
  menu: "M3 6h14M3 10h14M3 14h9",
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  columns: "M3.5 4.5h5v11h-5zM11.5 4.5h5v11h-5z",
  send: "M10 16V4.5M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  down: "M5.5 8l4.5 4.5L14.5 8",
  copy: "M7 7h9v9H7zM13 7V4H4v9h3",
  done: "M4.5 10.5l3.5 3.5 7.5-8",
  retry: "M15.5 8.5a6 6 0 1 0 .3 3.6M16 4.5v4h-4",
  edit: "M4 16l.8-3.6L13 4.2l2.8 2.8-8.2 8.2z",
  bin: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6",
  settings: "M4 6h7M15 6h1M4 14h1M9 14h7M13 4v4M7 12v4",
  draw: "M4 4h12v12H4zM7.2 7.2h.01M12.8 7.2h.01M10 10h.01M7.2 12.8h.01M12.8 12.8h.01",
  curve: "M3.5 3.5v13h13M6.5 12.5c2.5 0 2.5-5 5-5s2.5-2 4.5-2.5",
  chat: "M4 4.5h12v8.5H9.5L6 16v-3H4z",
  play: "M6.5 4.5v11l9-5.5z",
  pause: "M7 5v10M13 5v10",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.8 12.8l3.7 3.7",
  skip: "M4 5l6 5-6 5zM11 5l5 5-5 5z",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A value in its box: the sign of the project. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false">
      <rect x="3.2" y="3.2" width="17.6" height="17.6" rx="2" />
      <path d="M7.8 12.6l3 3 5.6-7.2" />
    </svg>
  );
}
