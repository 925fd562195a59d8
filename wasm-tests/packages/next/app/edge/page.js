import { Shop } from "../shop";

export const runtime = "edge";

export default function Page() {
  return <Shop />;
}
