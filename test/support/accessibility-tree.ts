import type { Page } from "playwright-core";

/** A node of the tree that Chromium gives to screen readers. */
export interface AccessibleNode {
  readonly role: string;
  readonly name: string;
  readonly isFocusable: boolean;
  /** How a screen reader is told of changes in it: "polite", "assertive", or "" where it is not. */
  readonly live: string;
  readonly children: readonly AccessibleNode[];
}

interface RawNode {
  readonly nodeId: string;
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly properties?: readonly { readonly name: string; readonly value: { value?: unknown } }[];
  readonly childIds?: readonly string[];
}

/** What the page is to a screen reader, without what it leaves out. */
export async function accessibilityTree(page: Page): Promise<AccessibleNode> {
  const session = await page.context().newCDPSession(page);
  try {
    const answer = await session.send("Accessibility.getFullAXTree");
    const nodes = answer.nodes as unknown as readonly RawNode[];
    const byId = new Map(nodes.map((node) => [node.nodeId, node]));
    const view = (node: RawNode): AccessibleNode[] => {
      const children = (node.childIds ?? []).flatMap((id) => {
        const child = byId.get(id);
        return child ? view(child) : [];
      });
      if (node.ignored) return children;
      const property = (name: string) =>
        node.properties?.find((one) => one.name === name)?.value.value;
      return [
        {
          role: node.role?.value ?? "",
          name: node.name?.value ?? "",
          isFocusable: property("focusable") === true,
          live: String(property("live") ?? ""),
          children,
        },
      ];
    };
    return view(nodes[0]!)[0]!;
  } finally {
    await session.detach();
  }
}

export function* nodesOf(node: AccessibleNode): Generator<AccessibleNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

/** All that is said of a node and what is in it. */
export const textOf = (node: AccessibleNode): string =>
  node.role === "StaticText" ? node.name : node.children.map(textOf).join("");

/** What is told when it changes. */
export const liveTexts = (tree: AccessibleNode): string[] =>
  [...nodesOf(tree)].filter(({ live }) => live === "polite").map(textOf);

/** What a screen reader must be able to name. */
const NAMED = new Set([
  ...["application", "button", "checkbox", "combobox", "ComboBoxSelect", "dialog"],
  ...[
    "DisclosureTriangle",
    "heading",
    "image",
    "link",
    "listbox",
    "progressbar",
    "radio",
    "region",
  ],
  ...["searchbox", "slider", "spinbutton", "switch", "tab", "textbox"],
]);
/** What has the focus without being a control. */
const FRAMES = new Set(["RootWebArea", "main"]);

/** Controls without a name, and what takes the focus without being anything. */
export function namelessControls(tree: AccessibleNode): string[] {
  return [...nodesOf(tree)].flatMap((node) => {
    const { role, name, isFocusable } = node;
    if (FRAMES.has(role)) return [];
    if (NAMED.has(role) && name.trim() === "") return `${role} without a name: ${excerpt(node)}`;
    if (isFocusable && ["generic", "none", ""].includes(role)) {
      return `takes the focus without a role: ${excerpt(node)}`;
    }
    return [];
  });
}

const excerpt = (node: AccessibleNode): string => JSON.stringify(textOf(node).slice(0, 60));
