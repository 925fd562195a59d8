export default function Page() {
  return (
    <section data-slotwise="home.hero">
      <div data-variant="welcome">
        <b>Welcome</b>
      </div>
    </section>
  );
}
