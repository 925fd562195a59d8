// VitePress's own theme, with the colours of the demo and a mark on the line of source that a link leads to.

import DefaultTheme from "vitepress/theme";
import "./style.css";

export default DefaultTheme;
