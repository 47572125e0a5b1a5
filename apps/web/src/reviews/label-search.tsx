import { useMemo } from "react";
import {
  Autocomplete,
  Header,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  SearchField,
  useFilter,
} from "react-aria-components";
import { Overlay } from "../elements/dialog.js";
import { TableBox } from "../elements/table-box.js";
import { useTexts } from "../texts/texts.js";

/** Any class by a part of its name; classes that are paths stand below their parents, as a tree does. */
export function LabelSearch({
  names,
  onClose,
  onChoose,
}: {
  readonly names: readonly string[];
  readonly onClose: () => void;
  readonly onChoose: (label: string) => void;
}) {
  const t = useTexts();
  const { contains } = useFilter({ sensitivity: "base" });
  const parents = useMemo(() => byParent(names), [names]);
  const item = (name: string) => (
    <ListBoxItem key={name} id={name} textValue={name} className="label-item">
      <span className="theirs">{name.slice(name.lastIndexOf("/") + 1)}</span>
    </ListBoxItem>
  );
  return (
    <Overlay title={t("otherLabel")} isOpen onClose={onClose}>
      <Autocomplete filter={contains}>
        <SearchField className="field" autoFocus>
          <Label>{t("label")}</Label>
          <Input />
        </SearchField>
        <TableBox className="label-list" label={t("classes")}>
          <ListBox
            className="label-items"
            aria-label={t("classes")}
            onAction={(key) => onChoose(String(key))}
            renderEmptyState={() => <p className="empty">{t("nothing")}</p>}
          >
            {parents.map(({ parent, children }) =>
              parent === "" ? (
                children.map(item)
              ) : (
                <ListBoxSection key={parent} id={`${parent}/`}>
                  <Header className="label-parent theirs">{parent}</Header>
                  {children.map(item)}
                </ListBoxSection>
              ),
            )}
          </ListBox>
        </TableBox>
      </Autocomplete>
    </Overlay>
  );
}

function byParent(names: readonly string[]) {
  const parents = new Map<string, string[]>();
  for (const name of [...names].sort((a, b) => a.localeCompare(b))) {
    const parent = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    parents.set(parent, [...(parents.get(parent) ?? []), name]);
  }
  return [...parents].map(([parent, children]) => ({ parent, children }));
}
