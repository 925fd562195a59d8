// Renders the app on a server.

import { renderToString } from "react-dom/server";
import { app } from "./react_app.mjs";

export const rendered = (path, publicKey) => renderToString(app(path, publicKey));
