import { slots } from "../slots";

export const runtime = "edge";

export const GET = () => slots();
