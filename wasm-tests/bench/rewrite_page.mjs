// The page whose rewriting is measured: 90 kB, four rows of eight cards and four sections with variants; and the
// same page without slots. Its plan, and the same eight changes as visual changes of an experiment.

const CARD =
  '<article class="card" data-item=""><a data-field="url" href="#"><img data-field="image" src="x" alt=""><b data-field="title">T</b></a><i data-field="price">1</i></article>';
const VARIANT = "<div><p>S</p></div>";
const FILLER = '<p class="text">Lorem ipsum <em>dolor</em> sit amet, <a href="/x">consectetur</a> adipiscing elit.</p>\n';
const NUMBERS = [1, 2, 3, 4];
const BYTES = 90_000;

const fill = (n) => `<div data-slotwise="bench.fill${n}"><template data-card>${CARD}</template>${CARD.repeat(8)}</div>`;
const choose = (n) =>
  `<section data-slotwise="bench.choose${n}"><div data-variant="welcome"><p>W</p></div><template data-variant="smartphone">${VARIANT}</template></section>`;

/** The page, with its slots or with the same markup unmarked. */
export function page(slots = true) {
  const top = `<!doctype html><title>bench</title>${NUMBERS.map((n) => fill(n) + choose(n)).join("")}`;
  const whole = top + FILLER.repeat(Math.ceil((BYTES - top.length) / FILLER.length));
  return slots ? whole : whole.replaceAll("data-slotwise=", "data-another=");
}

/** What may fill the slots. */
export const plan = {
  version: 1,
  slots: Object.fromEntries(
    NUMBERS.flatMap((n) => [
      [`bench.fill${n}`, { kind: "fill", strategies: ["next_item", "bestsellers"], limit: 8 }],
      [
        `bench.choose${n}`,
        {
          kind: "choose",
          strategy: "category_affinity",
          default: "welcome",
          variants: { smartphone: { categories: ["electronics.smartphone"] } },
        },
      ],
    ]),
  ),
};

/** The same eight places set to contents of the same size, as [selector, HTML]. */
export const changes = NUMBERS.flatMap((n) => [
  [`[data-slotwise="bench.fill${n}"]`, CARD.repeat(8).replaceAll(">T<", ">Changed<")],
  [`[data-slotwise="bench.choose${n}"]`, VARIANT.replace("S", "Changed")],
]);
