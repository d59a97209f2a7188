import { render } from "preact";
import { start } from "./live.ts";
import { App } from "./views/app.tsx";

const place = document.getElementById("console");
if (place === null) throw new Error("the page has no place for the console");
place.replaceChildren();
render(<App />, place);
start();
