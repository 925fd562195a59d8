import { render as rendered } from "svelte/server";
import App from "./App.svelte";

export const render = () => rendered(App).body;
