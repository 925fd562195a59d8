"use client";

// The bindings for React 18 and 19.
//
// React never owns what stands inside a slot: the edge, the engine or nobody may change it, before and after React hydrates.
// So a server renders a slot's children as its default content. A browser that hydrates such a page keeps what it finds. A
// browser that makes the slot anew, after navigation, renders the children once and copies them. Event handlers inside of a
// slot therefore do nothing; those on the slot itself work.

import {
  type ComponentPropsWithoutRef,
  createContext,
  createElement,
  type ElementType,
  Fragment,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { ITEM, SLOT } from "./contract.js";
import { load } from "./index.js";
import { attend, refresh } from "./navigate.js";
import { mend } from "./templates.js";
import type { Decision, LoadOptions, Slotwise } from "./types.js";

const onServer = typeof document === "undefined";
const Visit = createContext<Slotwise | null>(null);

/** One visit a page, however often a provider is mounted: React's strict mode does it twice. */
const visits = new Map<string, Promise<Slotwise>>();

function visit(options: LoadOptions): Promise<Slotwise> {
  const key = `${options.publicKey} ${options.base ?? ""}`;
  const known = visits.get(key) ?? load(options);
  visits.set(key, known);
  return known;
}

/** What `load` takes, or a visit that is loaded already. */
export type SlotwiseProviderProps = { children?: ReactNode } & ((LoadOptions & { client?: undefined }) | { client: Slotwise });

/** Loads Slotwise in the browser, and decides slots anew after single-page navigation. Goes around the whole app. */
export function SlotwiseProvider(props: SlotwiseProviderProps): ReactElement {
  const { client, children } = props;
  const [loaded, setLoaded] = useState<Slotwise | null>(client ?? null);
  const latest = useRef(props);
  latest.current = props;
  const key = client ? "" : `${props.publicKey} ${props.base ?? ""}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another client, key or base is another visit, other options are not
  useEffect(() => {
    let left = false;
    const { current } = latest;
    void (current.client ? Promise.resolve(current.client) : visit(current)).then((found) => {
      if (!left) setLoaded(found);
    });
    return () => {
      left = true;
    };
  }, [client, key]);
  useEffect(() => (loaded ? attend(loaded) : undefined), [loaded]);
  return createElement(Visit.Provider, { value: loaded }, children);
}

/** The visit on this page; null on a server and until the browser has loaded it. */
export function useSlotwise(): Slotwise | null {
  return useContext(Visit);
}

/**
 * What is decided for a slot, for markup of your own. Null without a model, and while the page hydrates. Only a `Slot` counts
 * as seen; report what you show yourself with `track("slot_exposure", …)`.
 */
export function useDecision(name: string, { itemId }: { itemId?: string } = {}): Decision | null {
  const slotwise = useSlotwise();
  const [decision, setDecision] = useState<Decision | null>(null);
  useEffect(() => {
    if (!slotwise) return undefined;
    const look = (): void => {
      const [found = null] = slotwise.decide(name, itemId);
      setDecision((known) => (JSON.stringify(known) === JSON.stringify(found) ? known : found));
    };
    look();
    return slotwise.on("change", look);
  }, [slotwise, name, itemId]);
  return decision;
}

interface SlotOwnProps<As extends ElementType> {
  /** Name of the slot in the plan. */
  name: string;
  /** Product of the page. */
  itemId?: string | undefined;
  /** The slot's element; `div` by default. */
  as?: As;
  /** The default content, with the variants and the card that the slot's kind needs. Changes after the first one have no effect. */
  children?: ReactNode;
}

export type SlotProps<As extends ElementType = "div"> = SlotOwnProps<As> &
  Omit<ComponentPropsWithoutRef<As>, keyof SlotOwnProps<As> | "dangerouslySetInnerHTML">;

/** A slot. Server components may render it, too. */
export function Slot<As extends ElementType = "div">(props: SlotProps<As>): ReactElement {
  // Another slot is another element, with content of its own.
  return createElement(Content, { key: JSON.stringify([props.name, props.itemId]), ...(props as SlotProps) });
}

const never = (): (() => void) => () => {};
/** React warns about layout effects on a server. */
const useBrowserEffect = onServer ? useEffect : useLayoutEffect;
/** Tells React to leave what an element holds alone. It is always the same object, so React never sets it again. */
const KEPT = { __html: "" };

function Content({ name, itemId, as = "div", children, ...rest }: SlotProps): ReactElement {
  const slotwise = useSlotwise();
  const hydrates = useSyncExternalStore(
    never,
    () => false,
    () => true,
  );
  const element = useRef<HTMLDivElement>(null);
  const source = useRef<HTMLTemplateElement>(null);
  /** Whether the slot's content was made here, not found; undefined until it is. */
  const [isMade, setMade] = useState(hydrates ? false : undefined);
  useBrowserEffect(() => {
    const [from, to] = [source.current, element.current];
    if (!from || !to) return;
    to.replaceChildren(...Array.from(from.childNodes, (node) => node.cloneNode(true)));
    mend(to);
    setMade(true);
  }, []);
  // What was found was decided with the page.
  useBrowserEffect(() => {
    if (slotwise && isMade) refresh(slotwise);
  }, [slotwise, isMade]);
  const own = { ...rest, [SLOT]: name, [ITEM]: itemId, ref: element, suppressHydrationWarning: true };
  if (onServer) return createElement(as, own, children);
  const kept = createElement(as, { ...own, dangerouslySetInnerHTML: KEPT });
  // Effects of the page may run before React has another turn, and change the slot. So React renders the children beside it,
  // where nobody sees or changes them.
  return createElement(Fragment, null, kept, isMade === undefined && createElement("template", { ref: source }, children));
}
