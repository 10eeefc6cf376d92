import "./styles/tokens.css";
import "./styles/base.css";
import { render } from "preact";
import { App } from "./App.tsx";
import { watchFeeds } from "./state/feeds.ts";
import { startLive } from "./state/live.ts";
import { loadPlaces } from "./state/places.ts";
import { start } from "./state/session.ts";
import { loadSettings } from "./state/settings.ts";
import "./state/theme.ts";
import { keepTitle } from "./state/title.ts";

// Without the agency's settings there is UTC and no notice; that is no reason to show nothing.
void loadSettings().catch(() => undefined).then(start);
startLive();
watchFeeds();
loadPlaces();
keepTitle();

const root = document.getElementById("console");
if (root) render(<App />, root);
