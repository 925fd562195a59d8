import { Shop } from "./shop";

export const dynamic = "force-dynamic";

export default function Page() {
  return <Shop />;
}
