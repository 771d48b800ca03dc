import { render } from "preact";
import { findPages } from "../shared/pages.ts";
import { loadKatex } from "../shared/render/math.tsx";
import { applySettings } from "../shared/settings.ts";
import "../styles/watch/index.css";
import { watchRuns } from "./runs.ts";
import { isFrozen } from "./source.ts";
import { App } from "./view/app.tsx";
import { FrozenApp } from "./view/frozen.tsx";

applySettings();
const root = document.getElementById("app");
if (root) render(isFrozen ? <FrozenApp /> : <App />, root);
void watchRuns();
if (!isFrozen) void findPages();
(window.requestIdleCallback ?? setTimeout)(() => void loadKatex().catch(() => undefined));
