import { slots } from "./slots";

export const dynamic = "force-dynamic";

export const GET = () => slots();
