// Begins in the browser: hydrates what the server sent, or renders into an empty page.

import { createRoot, hydrateRoot } from "react-dom/client";
import { app } from "./react_app.mjs";

const root = document.querySelector("#root");
const whole = app(location.pathname, root.dataset.key);
if (root.childElementCount > 0) hydrateRoot(root, whole);
else createRoot(root).render(whole);
