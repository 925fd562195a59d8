import { SlotwiseProvider } from "slotwise/react";

export const metadata = { title: "shop", icons: { icon: "data:," } };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <SlotwiseProvider publicKey="{{PUBLIC_KEY}}" consent="implied">
          {children}
        </SlotwiseProvider>
      </body>
    </html>
  );
}
