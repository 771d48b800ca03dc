import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { loadKatex } from "../shared/render/math.tsx";
import { findPages } from "../shared/pages.ts";
import { applySettings } from "../shared/settings.ts";
import "../styles/index.css";
import { keepChats } from "./chats.ts";
import { settleColumns } from "./comparison.ts";
import { loadServer, state } from "./server.ts";
import { App } from "./view/app.tsx";

applySettings();
keepChats();
const root = document.getElementById("app");
if (root) render(<App />, root);
effect(() => {
  if (state.value === "ready") untracked(settleColumns);
});
void loadServer();
void findPages();
// The page is usable before KaTeX is there; asked for early, it is there before the first formula.
(window.requestIdleCallback ?? setTimeout)(() => void loadKatex().catch(() => undefined));
