// The manual's site: pages in reading order, the API references beside them.

import { defineConfig } from "vitepress";

const page = (text, name) => ({ text, link: `/${name}` });

/** Gives each line of a fence marked `anchors` an id, so that a link can lead to it. */
const anchors = {
  name: "anchors",
  line(node, line) {
    if (this.options.meta?.__raw === "anchors") node.properties.id = `L${line}`;
  },
};

export default defineConfig({
  title: "Slotwise",
  description: "Personalised shop pages for anonymous visitors: the manual",
  lang: "en",
  head: [["link", { rel: "icon", href: "/favicon.svg", type: "image/svg+xml" }]],
  // Beside the folder that the build copies this site to.
  outDir: "../../manual",
  ignoreDeadLinks: [/^\/rust\//, /^\/typescript\//],
  // The default colours of code are too pale for everybody to read.
  markdown: { codeTransformers: [anchors], theme: { light: "github-light-high-contrast", dark: "github-dark" } },
  themeConfig: {
    search: {
      provider: "local",
      options: { _render: (text, env, md) => (env.frontmatter?.search === false ? "" : md.render(text, env)) },
    },
    outline: [2, 3],
    nav: [
      page("Getting started", "start"),
      page("How it works", "how"),
      { text: "Rust API", link: "/rust/slotwise/index.html", target: "_self" },
      { text: "TypeScript API", link: "/typescript/index.html", target: "_self" },
    ],
    sidebar: [
      {
        text: "First steps",
        items: [page("Getting started", "start"), page("Mark slots", "slots"), page("Write a plan", "plan")],
      },
      {
        text: "Running it",
        items: [
          page("Train", "train"),
          page("Publishing and trust", "trust"),
          page("The origin", "origin"),
          page("The Worker", "worker"),
          page("Other edges", "handler"),
          page("Caches around the Worker", "caches"),
          page("Consent and privacy", "privacy"),
        ],
      },
      {
        text: "Using it",
        items: [
          page("The npm package", "package"),
          page("Bundlers and hosts", "bundlers"),
          page("Google Analytics 4", "ga4"),
          page("React", "react"),
          page("Other frameworks", "frameworks"),
          page("On a server", "server"),
          page("E-mail, apps and servers", "decisions"),
          page("Explanations", "explanations"),
          page("Experiments and lift", "experiments"),
          page("The learning loop", "loop"),
          page("The event lake", "lake"),
        ],
      },
      {
        text: "Inside",
        items: [page("How it works", "how"), page("Performance and budgets", "performance"), page("Benchmarks", "benchmarks")],
      },
      {
        text: "Reference",
        items: [
          page("Plan keys", "reference/plan"),
          page("Log columns", "reference/log"),
          page("HTTP routes", "reference/http"),
          page("Worker settings", "reference/settings"),
          page("JSON of /decide", "reference/decide"),
          page("Command line", "reference/cli"),
        ],
      },
    ],
  },
});
