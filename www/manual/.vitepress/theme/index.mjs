// VitePress's own theme without its web font, which a phone would wait for, with the colours of the demo and a mark on the line of source that a link leads to.

import DefaultTheme from "vitepress/theme-without-fonts";
import "./style.css";

export default DefaultTheme;
